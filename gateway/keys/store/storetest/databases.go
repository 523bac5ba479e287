package storetest

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/keys/store"
)

// Fresh names a database that is empty, for [store.Open].
type Fresh func(testing.TB) string

// SQLite names a fresh file.
func SQLite(t testing.TB) string { return filepath.Join(t.TempDir(), "gateway.db") }

// Postgres starts a server from Debian's package, on a socket in a folder of its own, until the test ends. Without the package the test is skipped.
func Postgres(t testing.TB) Fresh {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	require.NoError(t, err)
	if len(found) == 0 {
		t.Skip("no PostgreSQL under /usr/lib/postgresql; to run this test: apt-get install postgresql")
	}
	slices.Sort(found)
	bin := filepath.Dir(found[len(found)-1])
	// Not t.TempDir: a socket's path has at most 107 bytes.
	dir, err := os.MkdirTemp("/tmp", "pg")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() == 0 { // the server refuses to run as root
		attr.Credential = postgresUser(t)
		require.NoError(t, os.Chown(dir, int(attr.Credential.Uid), int(attr.Credential.Gid)))
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "agon", "-A", "trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	out, err := initdb.CombinedOutput()
	require.NoError(t, err, "%s", out)

	var log bytes.Buffer
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-h", "", "-c", "max_connections=60")
	server.SysProcAttr, server.Dir, server.Stdout, server.Stderr = attr, dir, &log, &log
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT) // it may have ended already
		_ = server.Wait()
		if t.Failed() {
			t.Logf("PostgreSQL:\n%s", log.Bytes())
		}
	})
	name := func(database string) string {
		return fmt.Sprintf("postgres:///%s?%s", database, url.Values{"host": {dir}, "user": {"agon"}}.Encode())
	}
	db, err := sql.Open("pgx", name("postgres"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.Eventually(t, func() bool { return db.PingContext(t.Context()) == nil }, 60*time.Second, 100*time.Millisecond, "PostgreSQL does not answer")
	var last atomic.Int64
	return func(t testing.TB) string {
		t.Helper()
		database := fmt.Sprintf("agon%d", last.Add(1))
		_, err := db.ExecContext(t.Context(), "CREATE DATABASE "+database)
		require.NoError(t, err)
		return name(database)
	}
}

func postgresUser(t testing.TB) *syscall.Credential {
	t.Helper()
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Skip("no user postgres to run a server as; to run this test: apt-get install postgresql")
	}
	id := func(s string) uint32 {
		n, err := strconv.ParseUint(s, 10, 32)
		require.NoError(t, err)
		return uint32(n)
	}
	return &syscall.Credential{Uid: id(u.Uid), Gid: id(u.Gid)}
}

// Each runs a test on both.
func Each(t *testing.T, f func(*testing.T, Fresh)) {
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// Open opens a database until the test ends.
func Open(t testing.TB, name string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
