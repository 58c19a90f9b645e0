package virustotal

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

func TestNobodyJoinsAFlightThatHasLanded(t *testing.T) {
	t.Parallel()
	f, key := flights{running: make(map[flightKey]*flight)}, flightKey{tenancy.New(), "a"}
	find := func(context.Context) (Answer, error) { return Answer{}, nil }
	first := f.join(t.Context(), key, find)
	<-first.done
	second := f.join(t.Context(), key, find)
	assert.NotSame(t, first, second)
	f.leave(key, first)
	f.leave(key, second)
	assert.Empty(t, f.running)
}

func TestNobodyJoinsAFlightThatWasGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, key := flights{running: make(map[flightKey]*flight)}, flightKey{tenancy.New(), "a"}
		impatient, giveUp := context.WithCancel(t.Context())
		noticed := make(chan struct{})
		go func() {
			_, err := f.do(impatient, key, func(ctx context.Context) (Answer, error) {
				<-noticed // a client that is slow to see that its context has ended
				return Answer{}, ctx.Err()
			})
			assert.ErrorIs(t, err, context.Canceled)
		}()
		synctest.Wait()
		giveUp()
		synctest.Wait()
		answer, err := f.do(t.Context(), key, func(context.Context) (Answer, error) { return Answer{FromCache: true}, nil })
		require.NoError(t, err)
		assert.True(t, answer.FromCache)
		close(noticed)
		synctest.Wait()
		assert.Empty(t, f.running)
	})
}
