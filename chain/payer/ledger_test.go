package payer

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// While the disk is busy all writes gather for one more, which holds the newest state of each purse.
func TestWritesShareOneSync(t *testing.T) {
	l, err := OpenLedger(filepath.Join(t.TempDir(), "ledger.db"), "chain")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	p := &Payer{cfg: Config{Owner: "owner", Ledger: l}}
	a, b := p.newPurse(Payee{Netuid: 1, Hotkey: "a"}), p.newPurse(Payee{Netuid: 1, Hotkey: "b"})
	a.known, b.known = true, true
	transactions := func() (id int) {
		require.NoError(t, l.db.View(func(tx *bbolt.Tx) error { id = tx.ID(); return nil }))
		return id
	}
	before := transactions()
	const calls = 50
	l.disk.Lock() // the disk is busy
	var done sync.WaitGroup
	for i := range calls {
		for _, u := range []*purse{a, b} {
			done.Go(func() {
				u.mu.Lock()
				u.Signed++
				mine := u.Signed
				u.mu.Unlock()
				if err := u.save(); err != nil {
					t.Error(err)
				}
				entries, err := l.entries("owner")
				if err != nil || entries[u.payee].Signed < mine {
					t.Errorf("call %d: a voucher of %d may be sent, the disk knows %d (%v)", i, mine, entries[u.payee].Signed, err)
				}
			})
		}
	}
	require.Zero(t, transactions()-before, "nobody passes while the disk is busy")
	l.disk.Unlock()
	done.Wait()
	entries, err := l.entries("owner")
	require.NoError(t, err)
	require.Equal(t, uint64(calls), entries[a.payee].Signed)
	require.Equal(t, uint64(calls), entries[b.payee].Signed)
	require.Less(t, transactions()-before, calls, "writes share transactions")
}

func TestAFailedWriteFailsAllThatShareIt(t *testing.T) {
	l, err := OpenLedger(filepath.Join(t.TempDir(), "ledger.db"), "chain")
	require.NoError(t, err)
	p := &Payer{cfg: Config{Owner: "owner", Ledger: l}}
	u := p.newPurse(Payee{Netuid: 1, Hotkey: "a"})
	u.known = true
	l.disk.Lock()
	var done sync.WaitGroup
	errs := make([]error, 10)
	for i := range errs {
		done.Go(func() { errs[i] = u.save() })
	}
	require.NoError(t, l.db.Close()) // as a disk that is gone
	l.disk.Unlock()
	done.Wait()
	for _, err := range errs {
		require.ErrorIs(t, err, ErrLedger)
	}
}
