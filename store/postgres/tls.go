package postgres

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

// tlsConfig returns what a connection to host needs, nil for one without TLS.
func tlsConfig(host, mode, rootCert, cert, key string) (*tls.Config, error) {
	switch {
	case mode == "" && isLocal(host), mode == "disable":
		return nil, nil
	case mode == "require" && rootCert != "": // as in libpq
		mode = "verify-ca"
	}
	cfg := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if err := loadFiles(cfg, rootCert, cert, key); err != nil {
		return nil, err
	}
	switch mode {
	case "", "verify-full":
	case "verify-ca":
		cfg.InsecureSkipVerify = true // and verified here instead, without the name
		cfg.VerifyConnection = func(state tls.ConnectionState) error { return verifyChain(state, cfg.RootCAs) }
	case "require":
		cfg.InsecureSkipVerify = true // asked for in so many words
	case "prefer", "allow":
		return nil, fmt.Errorf("sslmode %s protects from nobody: use verify-full, verify-ca or require, or disable", mode)
	default:
		return nil, errors.New("sslmode is none of verify-full, verify-ca, require and disable")
	}
	return cfg, nil
}

// isLocal reports whether a connection to host stays on this machine.
func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return strings.HasPrefix(host, "/") || host == "localhost" || (ip != nil && ip.IsLoopback())
}

func loadFiles(cfg *tls.Config, rootCert, cert, key string) error {
	if rootCert != "" {
		pem, err := os.ReadFile(rootCert)
		if err != nil {
			return fmt.Errorf("sslrootcert: %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return errors.New("sslrootcert: the file holds no certificate in PEM form")
		}
	}
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return fmt.Errorf("sslcert and sslkey: %w", err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return nil
}

func verifyChain(state tls.ConnectionState, roots *x509.CertPool) error {
	intermediates := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		intermediates.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates})
	return err
}
