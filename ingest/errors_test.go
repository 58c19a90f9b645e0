package ingest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
)

func TestInputErrorsNameThePlaceAndQuoteIt(t *testing.T) {
	t.Parallel()
	err := &ingest.InputError{Place: "a\n\x1b[31m\".json", Line: 7, Reason: "is broken", Rejections: []ingest.Rejection{
		{Line: 1, Reason: "r1"}, {Line: 2, Reason: "r2"}, {Line: 3, Reason: "r3"}, {Line: 4, Reason: "r4"},
	}}
	assert.Equal(t, `"a\n\x1b[31m\".json": line 7: is broken; line 1: r1; line 2: r2; line 3: r3`, err.Error())
	assert.Equal(t, "plain", (&ingest.InputError{Reason: "plain"}).Error())
}

func TestInputErrorsAreOfOneKind(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, &ingest.InputError{}, ingest.ErrInput)
	large := error(&ingest.InputError{Err: ingest.ErrTooLarge})
	require.ErrorIs(t, large, ingest.ErrTooLarge)
	require.False(t, errors.Is(large, ingest.ErrInput))
}

func TestQuoteCutsWithoutSplittingCharacters(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `"short"`, ingest.Quote("short"))
	quoted := ingest.Quote("x" + strings.Repeat("ф", 1000))
	assert.Less(t, len(quoted), 250)
	assert.NotContains(t, quoted, `\x`)
	assert.Contains(t, quoted, "…")
	assert.LessOrEqual(t, len(ingest.Quote(strings.Repeat("\xff", 1000))), 4*200+10)
}
