package auth

import (
	"errors"
	"fmt"
	"time"
)

// Errors of this package. Test with errors.Is; they may be wrapped. The comment says what an HTTP service should answer.
var (
	// ErrUnauthenticated: no credential, or one that is not valid any more. 401.
	ErrUnauthenticated = errors.New("auth: not authenticated")
	// ErrForbidden: the principal's role does not allow it. 403.
	ErrForbidden = errors.New("auth: not allowed")
	// ErrNotFound: no such user, invite, session or grant in this tenant. 404.
	ErrNotFound = errors.New("auth: not found")
	// ErrExists: the user name or the id is taken. 409.
	ErrExists = errors.New("auth: exists already")
	// ErrLastAdmin: the change would leave the tenant without an active admin. 409.
	ErrLastAdmin = errors.New("auth: a tenant keeps at least one active admin")
	// ErrReused: a refresh token was presented a second time; its whole session has ended. 401.
	ErrReused = errors.New("auth: refresh token used twice")
	// ErrInvalid: a value breaks a rule; a [ValidationError] says which. 422.
	ErrInvalid = errors.New("auth: invalid")
	// ErrThrottled: too many failed logins or registrations, or too many passwords to check at once; a [ThrottleError]
	// says how long to wait. 429.
	ErrThrottled = errors.New("auth: too many attempts")
	// ErrSecret: the secret that signs access tokens is too short or a sample. From New alone.
	ErrSecret = errors.New("auth: secret")
)

// ValidationError says which value breaks which rule. It wraps [ErrInvalid] and never repeats the value.
type ValidationError struct {
	// Field is the name of the value: username, password, invite, role, …
	Field string
	// Reason goes on from the name: "is longer than 64 characters".
	Reason string
}

func (e *ValidationError) Error() string {
	return fmt.Sprintf("%v: %s %s", ErrInvalid, e.Field, e.Reason)
}

// Unwrap returns [ErrInvalid].
func (e *ValidationError) Unwrap() error { return ErrInvalid }

func invalid(field, format string, args ...any) error {
	return &ValidationError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// ThrottleError says when what was refused may be tried again. It wraps [ErrThrottled].
type ThrottleError struct {
	// RetryAfter is how long to wait, in whole seconds and at least one.
	RetryAfter time.Duration
}

func (e *ThrottleError) Error() string {
	return fmt.Sprintf("%v: try again in %v", ErrThrottled, e.RetryAfter)
}

// Unwrap returns [ErrThrottled].
func (e *ThrottleError) Unwrap() error { return ErrThrottled }
