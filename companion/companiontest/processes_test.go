package companiontest_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/companiontest"
)

func TestProcessesAreRowsOfTheStatedSizeAndRepeatable(t *testing.T) {
	t.Parallel()
	var one, again bytes.Buffer
	require.NoError(t, companiontest.WriteProcesses(&one, 1000, 200, 1))
	require.NoError(t, companiontest.WriteProcesses(&again, 1000, 200, 1))
	require.Equal(t, one.Bytes(), again.Bytes())
	rows := bytes.Split(bytes.TrimSpace(one.Bytes()), []byte("\n"))
	require.Len(t, rows, 1000)
	require.InDelta(t, 826, one.Len()/1000, 20)
	hosts := map[string]int{}
	for _, row := range rows {
		var r struct{ ClientId, Name string }
		require.NoError(t, json.Unmarshal(row, &r), string(row))
		hosts[r.ClientId]++
		require.NotEmpty(t, r.Name)
	}
	require.Len(t, hosts, 5)
}
