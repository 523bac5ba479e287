package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // driver pgx
	_ "modernc.org/sqlite"             // driver sqlite

	"github.com/agon-chain/agon/gateway/keys"
)

// Store implements [keys.Store].
type Store struct {
	db       *sql.DB
	postgres bool
}

// Open opens a database and brings its schema up to date: a postgres:// URL, or the path of a SQLite file, which is made readable by its owner alone.
// Errors: [keys.ErrNewer], those of the driver.
func Open(ctx context.Context, name string) (*Store, error) {
	s := &Store{postgres: strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")}
	var err error
	if s.postgres {
		s.db, err = sql.Open("pgx", name)
	} else {
		s.db, err = openFile(name)
	}
	if err != nil {
		return nil, describe(name, err)
	}
	s.db.SetMaxOpenConns(8)
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(describe(name, err), s.db.Close())
	}
	return s, nil
}

func openFile(name string) (*sql.DB, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	// SQLite would make the file with the umask's mode; its journal files take the mode of the database.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}}
	return sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
}

// describe names the database without the password that a URL may hold.
func describe(name string, err error) error {
	if u, perr := url.Parse(name); perr == nil && u.User != nil {
		name = u.Redacted()
	}
	return fmt.Errorf("open the database %s: %w", name, err)
}

// Close closes the connections.
func (s *Store) Close() error { return s.db.Close() }

// deadlocked is PostgreSQL's code for a transaction that it ended because two waited for each other. Customers are locked before leases
// and rows in order of their keys, so that it is rare; leases that were reclaimed under a process that lives are what remains.
const deadlocked = "40P01"

// tx runs f in a transaction that writes, and again where the database ended it in favour of another's.
func (s *Store) tx(ctx context.Context, f func(*tx) error) error {
	for try := 0; ; try++ {
		err := s.once(ctx, f)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != deadlocked || try == 4 {
			return err
		}
	}
}

func (s *Store) once(ctx context.Context, f func(*tx) error) error {
	t, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(&tx{t, s}); err != nil {
		return errors.Join(err, ignoreDone(t.Rollback()))
	}
	return t.Commit()
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

type tx struct {
	*sql.Tx
	s *Store
}

func (t *tx) exec(ctx context.Context, q string, args ...any) (int64, error) {
	r, err := t.ExecContext(ctx, t.s.rebind(q), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t *tx) query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	return t.QueryContext(ctx, t.s.rebind(q), args...)
}

func (t *tx) row(ctx context.Context, q string, args ...any) *sql.Row {
	return t.QueryRowContext(ctx, t.s.rebind(q), args...)
}

// lock is what makes a SELECT hold its rows until the transaction ends. SQLite's transactions exclude each other from their beginning.
// "No key" leaves a row free to be referred to, which a new key does to its customer.
func (s *Store) lock() string {
	if s.postgres {
		return " FOR NO KEY UPDATE"
	}
	return ""
}

// rebind turns ? into $1, $2, …, which PostgreSQL wants. No statement here holds a ? in a text.
func (s *Store) rebind(q string) string {
	if !s.postgres {
		return q
	}
	var b strings.Builder
	n := 0
	for _, r := range q {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}

var _ keys.Store = (*Store)(nil)
