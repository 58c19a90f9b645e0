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
	port     int
	version  int // as 150004
	process  *exec.Cmd
	lifeline io.Closer
	template func() error
}

// Start starts a cluster of its own, for tests that need special settings ("ssl=on") or that end the server. Others
// share one and need not call it. Files named in settings have to be readable for the user postgres when the test runs
// as root. The caller calls Stop; a process that ends without takes the cluster with it.
func Start(settings []string) (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	for range 3 { // somebody else may take the port between our looking and the server's
		var c *Cluster
		if c, err = start(bin, settings); err == nil {
			return c, nil
		}
	}
	return nil, fmt.Errorf("pgtest: %w", err)
}

func start(bin string, settings []string) (*Cluster, error) {
	c := &Cluster{}
	c.template = sync.OnceValue(c.migrateTemplate)
	var err error
	if c.dir, err = makeDir(); err != nil {
		return nil, err
	}
	if err := c.initialise(bin); err != nil {
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

// binaries returns the folder of the server's binaries: $PG_BIN, or where PATH or Debian's packages have the newest.
func binaries() (string, error) {
	if dir := os.Getenv("PG_BIN"); dir != "" {
		return dir, nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("pgtest: no PostgreSQL server here: install it (apt-get install postgresql, " +
			"brew install postgresql), or name the folder that has initdb and postgres in PG_BIN")
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})), nil
}

// makeDir makes a folder for the cluster, which belongs to the user that the server runs as.
func makeDir() (string, error) {
	dir, err := os.MkdirTemp("", "pgtest-")
	if err != nil || os.Geteuid() != 0 {
		return dir, err
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return "", errors.Join(err, os.Remove(dir))
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return "", err
	}
	return dir, os.Chown(dir, uid, -1)
}

// command returns a command that runs as a user whom the server accepts: anyone but root.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	if os.Geteuid() == 0 {
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

// guard is run by a shell, which ends the server and removes the folder when its standard input ends: with Stop, or with
// this process.
const guard = `dir=$PWD; "$@" >log 2>&1 </dev/null & server=$!; cat >/dev/null; kill -QUIT $server; wait $server; cd /; rm -rf "$dir"`

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
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}
