package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// openTerminal returns both ends of a new terminal: what is written to the one is read from the other.
func openTerminal(t *testing.T) (terminal, screen *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = screen.Close() })
	var locked, number uint32
	for request, value := range map[uintptr]*uint32{syscall.TIOCSPTLCK: &locked, syscall.TIOCGPTN: &number} {
		_, _, code := syscall.Syscall(syscall.SYS_IOCTL, screen.Fd(), request, uintptr(unsafe.Pointer(value)))
		require.Zero(t, code)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	return terminal, screen
}

func TestATerminalShowsOneLineThatIsGoneAtTheEnd(t *testing.T) {
	t.Parallel()
	terminal, screen := openTerminal(t)
	shown := make(chan string)
	go func() {
		var text bytes.Buffer
		_, _ = io.Copy(&text, screen) // ends with an error when the terminal is closed
		shown <- text.String()
	}()
	env := environment(map[string]string{
		"DATABASE_URL": "sqlite://" + filepath.Join(t.TempDir(), "vc.db"), "ADMIN_PASSWORD": "a-good-long-password",
	})
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"import", filepath.Join("demo", "hunt.zip")}, env, nil, &out, terminal))
	require.NoError(t, terminal.Close())
	text := <-shown
	require.Regexp(t, `^\r\x1b\[K0 of 1 files  \[\.{16}\]   0% of 0\.5 MB  0 rows`, text)
	require.True(t, strings.HasSuffix(text, "\r\x1b[K"), "%q", text)
	for _, line := range strings.Split(text, "\r\x1b[K") {
		require.Less(t, len(line), 80)
		require.NotContains(t, line, "\n")
	}
	require.Regexp(t, `hunt.zip" +4 +2195 +0 +kept`, out.String())
}
