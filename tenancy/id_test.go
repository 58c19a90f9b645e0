package tenancy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

const canonical = "01939e2a-7c3b-7def-8abc-0123456789ab"

func TestTheZeroIDNamesNoTenant(t *testing.T) {
	t.Parallel()
	var id tenancy.ID
	assert.True(t, id.IsZero())
	assert.Empty(t, id.String())
	assert.ErrorIs(t, id.Check(), tenancy.ErrNoTenant)
}

func TestNewMakesDistinctUUIDsOfVersion7(t *testing.T) {
	t.Parallel()
	made := make(map[tenancy.ID]bool)
	for range 1000 {
		id := tenancy.New()
		require.NoError(t, id.Check())
		require.False(t, id.IsZero())
		require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id.String())
		parsed, err := tenancy.Parse(id.String())
		require.NoError(t, err)
		require.Equal(t, id, parsed)
		made[id] = true
	}
	assert.Len(t, made, 1000)
}

func TestParseReadsEitherCaseAsOneID(t *testing.T) {
	t.Parallel()
	lower, err := tenancy.Parse(canonical)
	require.NoError(t, err)
	upper, err := tenancy.Parse(strings.ToUpper(canonical))
	require.NoError(t, err)
	assert.True(t, lower == upper)
	assert.Equal(t, canonical, upper.String())
}

func TestParseRefusesEverythingElse(t *testing.T) {
	t.Parallel()
	misplaced := func(i int) string { return canonical[:i] + "_" + canonical[i+1:] }
	for _, s := range []string{
		misplaced(8), misplaced(13), misplaced(18), misplaced(23),
		"", " ", "acme", canonical + " ", " " + canonical, canonical[1:], canonical + "0",
		"{" + canonical + "}", "urn:uuid:" + canonical, strings.ReplaceAll(canonical, "-", ""),
		strings.ReplaceAll(canonical, "-", "_"), strings.Replace(canonical, "0", "g", 1), strings.Replace(canonical, "01", "é", 1),
		"0193-9e2a7c3b-7def-8abc-0123456789ab", strings.Repeat("-", 36), "00000000-0000-0000-0000-000000000000",
	} {
		id, err := tenancy.Parse(s)
		require.Error(t, err, "%q", s)
		assert.True(t, id.IsZero())
		assert.True(t, len(s) < 4 || !strings.Contains(err.Error(), s), "the text comes from outside: %v", err)
	}
}

func TestAnIDLeavesAsTextAndDoesNotComeInAsText(t *testing.T) {
	t.Parallel()
	id := tenancy.New()
	text, err := json.Marshal(map[string]tenancy.ID{"tenant_id": id})
	require.NoError(t, err)
	assert.JSONEq(t, `{"tenant_id":"`+id.String()+`"}`, string(text))

	var in map[string]tenancy.ID
	require.Error(t, json.Unmarshal(text, &in))
	assert.True(t, in["tenant_id"].IsZero())
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", canonical, strings.ToUpper(canonical), "00000000-0000-0000-0000-000000000000", strings.Repeat("-", 36), canonical[:35] + "\x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := tenancy.Parse(s)
		if err != nil {
			require.True(t, id.IsZero())
			return
		}
		require.NoError(t, id.Check())
		require.Equal(t, strings.ToLower(s), id.String())
		again, err := tenancy.Parse(id.String())
		require.NoError(t, err)
		require.Equal(t, id, again)
	})
}
