package pgtest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Cluster is a running PostgreSQL server with its own data, on a random port of the own machine.
type Cluster struct {
	dir      string
	uid      int // of the user that the server runs as; -1 for our own
	port     int
	version  int // as 150004
	process  *exec.Cmd
	lifeline io.Closer
	template func() error
}

// Start starts a cluster of its own, for tests that need special settings ("ssl=on") or that end the server. Others
// share one and need not call it. Files are put into the server's folder, where settings can name them. The caller
// calls Stop; a process that ends without takes the cluster with it.
func Start(files map[string][]byte, settings ...string) (*Cluster, error) {
	bin, err := binaries("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return nil, err
	}
	for range 3 { // somebody else may take the port between our looking and the server's
		var c *Cluster
		if c, err = start(bin, files, settings); err == nil {
			return c, nil
		}
	}
	return nil, fmt.Errorf("pgtest: %w", err)
}

func start(bin string, files map[string][]byte, settings []string) (*Cluster, error) {
	c := &Cluster{}
	c.template = sync.OnceValue(c.migrateTemplate)
	if err := c.makeDir(); err != nil {
		return nil, err
	}
	if err := errors.Join(c.initialise(bin), c.put(files)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.dir))
	}
	if err := c.launch(bin, settings); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.dir))
	}
	return c, nil
}

// Stop ends the server at once, as a crash would, and removes its data.
func (c *Cluster) Stop() {
	_ = c.lifeline.Close()
	_ = c.process.Wait()
}

// binaries returns the folder of the server's binaries: where PATH has them, or the newest of the packages.
func binaries(packages string) (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob(packages)
	if err != nil || len(found) == 0 {
		return "", errors.New("pgtest: no PostgreSQL server here: install it (apt-get install postgresql, " +
			"brew install postgresql), or put the folder that has initdb and postgres into PATH")
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return filepath.Dir(newest), nil
}

// makeDir makes a folder for the cluster, which belongs to the user that the server runs as: postgres when we are root,
// whom the server refuses.
func (c *Cluster) makeDir() error {
	c.uid = -1
	if os.Geteuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return err
		}
		if c.uid, err = strconv.Atoi(u.Uid); err != nil {
			return err
		}
	}
	var err error
	if c.dir, err = os.MkdirTemp("", "pgtest-"); err != nil {
		return err
	}
	return os.Chown(c.dir, c.uid, -1)
}

// put writes files into the server's folder.
func (c *Cluster) put(files map[string][]byte) error {
	for name, data := range files {
		path := filepath.Join(c.dir, "data", name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
		if err := os.Chown(path, c.uid, -1); err != nil {
			return err
		}
	}
	return nil
}

// command returns a command that runs as the server's user.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	if c.uid >= 0 {
		name, args = "runuser", append([]string{"-u", "postgres", "--", name}, args...)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	return cmd
}

// initialise makes the cluster's data. Its collation is a language's where the server can do that, so that a test sees
// an order that relies on the database's collation.
func (c *Cluster) initialise(bin string) error {
	args := []string{"-D", filepath.Join(c.dir, "data"), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"}
	icu := append(slices.Clone(args), "--locale=C", "--locale-provider=icu", "--icu-locale=en-US")
	if c.command(filepath.Join(bin, "initdb"), icu...).Run() == nil {
		return nil
	}
	out, err := c.command(filepath.Join(bin, "initdb"), append(args, "--locale=C")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// guard is run by a shell, as long as its standard input is open: until Stop, or until this process has ended. Then it
// ends the server and removes the folder. A server that ends by itself leaves the file "ended".
const guard = `
dir=$PWD
exec 3<&0
"$@" >log 2>&1 </dev/null 3<&- & server=$!
{ cat <&3 >/dev/null; kill -QUIT $server; } & watcher=$!
wait $server
kill $watcher 2>/dev/null
touch ended
cat <&3 >/dev/null
cd /
rm -rf "$dir"`

// launch starts the server and waits until it answers.
func (c *Cluster) launch(bin string, settings []string) error {
	var err error
	if c.port, err = freePort(); err != nil {
		return err
	}
	args := []string{"-c", guard, "pgtest", filepath.Join(bin, "postgres"), "-D", filepath.Join(c.dir, "data")}
	for _, setting := range slices.Concat([]string{
		"port=" + strconv.Itoa(c.port), "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300",
		"fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_wal_size=4GB",
	}, settings) {
		args = append(args, "-c", setting)
	}
	c.process = c.command("sh", args...)
	if c.lifeline, err = c.process.StdinPipe(); err != nil {
		return err
	}
	if err := c.process.Start(); err != nil {
		return err
	}
	if err := c.answers(); err != nil {
		log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
		c.Stop()
		return fmt.Errorf("the server does not start: %w\n%s", err, bytes.TrimSpace(log))
	}
	return nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// answers waits until the server takes queries, for at most a minute.
func (c *Cluster) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db := c.handle()
	defer db.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var data string
		err := db.QueryRowContext(ctx, "SELECT current_setting('data_directory'), current_setting('server_version_num')::int").
			Scan(&data, &c.version)
		switch {
		case err == nil && data != filepath.Join(c.dir, "data"):
			return errors.New("another server has taken the port")
		case err == nil:
			return nil
		}
		if _, gone := os.Stat(filepath.Join(c.dir, "ended")); gone == nil {
			return errors.New("it has ended")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}
