package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store"
	"github.com/agon-chain/agon/gateway/keys/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh storetest.Fresh) {
		storetest.Conformance(t, func(t *testing.T) (keys.Store, keys.Store) {
			name := fresh(t)
			return storetest.Open(t, name), storetest.Open(t, name)
		})
	})
}

// A release that does not know the schema would misread it.
func TestNewerDatabaseIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh storetest.Fresh) {
		name := fresh(t)
		driver := "sqlite"
		if filepath.Base(name) != "gateway.db" {
			driver = "pgx"
		}
		require.NoError(t, storetest.Open(t, name).Close())
		db, err := sql.Open(driver, name)
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), `INSERT INTO schema_version (version) VALUES (999)`)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		_, err = store.Open(t.Context(), name)
		require.ErrorIs(t, err, keys.ErrNewer)
		require.ErrorContains(t, err, "999")
	})
}

func TestFileIsItsOwnersAlone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a folder with ? and %", "gateway.db")
	require.NoError(t, os.Mkdir(filepath.Dir(name), 0o755))
	s := storetest.Open(t, name)
	require.NoError(t, s.PutCustomer(t.Context(), keys.Customer{ID: "c"}, keys.Change{}))
	found := 0
	require.NoError(t, filepath.WalkDir(filepath.Dir(name), func(_ string, d os.DirEntry, err error) error {
		require.NoError(t, err)
		if !d.IsDir() {
			found++
			info, err := d.Info()
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode(), d.Name())
		}
		return nil
	}))
	require.Equal(t, 3, found, "the database and its two files beside it")
}

func TestPasswordStaysOutOfErrors(t *testing.T) {
	_, err := store.Open(t.Context(), "postgres://agon:hunter2@127.0.0.1:1/keys")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2")
	require.ErrorContains(t, err, "127.0.0.1:1")
}
