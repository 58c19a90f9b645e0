package hunt

import "context"

// slots bounds how many are at work at once.
type slots chan struct{}

// take waits for a slot, which is to be given back, or for the end of ctx.
func (s slots) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slots) give() { <-s }
