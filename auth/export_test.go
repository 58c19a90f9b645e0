package auth

// What the tests of the package's users look at from inside.

// OnHash has f called at the start of every computation of a hash.
func (s *Service) OnHash(f func()) {
	generate, compare := s.passwords.generate, s.passwords.compare
	s.passwords.generate = func(password []byte, cost int) ([]byte, error) {
		f()
		return generate(password, cost)
	}
	s.passwords.compare = func(hash, password []byte) error {
		f()
		return compare(hash, password)
	}
}

// BearerToken and SecretKey are for fuzzing.
func BearerToken(r Request) (string, error) { return bearerToken(r) }

func SecretKey(secret string) (string, bool) { return secretKey(refreshPrefix, secret) }
