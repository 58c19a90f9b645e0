package auth

import "errors"

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
)
