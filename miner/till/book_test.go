package till

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

func TestBookOfAnother(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 1000)
	b.pay(1, 100, 10)

	_, err := Open(b.o)
	require.ErrorIs(t, err, ErrBookBusy)
	require.ErrorContains(t, err, "--home")

	o := b.o
	o.Path = copyBook(t, b)
	for name, change := range map[string]func(*Options){
		"miner":  func(o *Options) { o.Payee = "agon1other" },
		"subnet": func(o *Options) { o.Netuid++ },
		"chain":  func(o *Options) { o.ChainID = "agon-2" },
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			change(&o)
			_, err := Open(o)
			require.ErrorIs(t, err, ErrBookForeign)
			require.ErrorContains(t, err, testPayee)
		})
	}
}

func TestBookThatCannotBeRead(t *testing.T) {
	for name, spoil := range map[string]func(*bbolt.Tx) error{
		"later-format": func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyFormat, number(bookFormat+1)) },
		"short-format": func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyFormat, []byte{1}) },
		"record":       func(tx *bbolt.Tx) error { return tx.Bucket(bucketChannels).Put(number(1), []byte{1, 2, 3}) },
		"later-record": func(tx *bbolt.Tx) error {
			return tx.Bucket(bucketChannels).Put(number(1), append([]byte{recordVersion + 1}, make([]byte, recordSize-1)...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, nil)
			b.channel(1, 1000)
			b.pay(1, 100, 10)
			o := b.o
			o.Path = copyBook(t, b)
			db, err := bbolt.Open(o.Path, 0o600, nil)
			require.NoError(t, err)
			require.NoError(t, db.Update(spoil))
			require.NoError(t, db.Close())
			bad, err := Open(o)
			if err == nil {
				defer func() { require.NoError(t, bad.Close()) }()
				_, err = bad.Reserve(ctx, b.voucher(1, 200), alice, 10)
				require.ErrorIs(t, bad.ClaimAll(ctx), ErrBook)
			}
			require.ErrorIs(t, err, ErrBook)
			require.ErrorContains(t, err, "update agon-miner")
		})
	}
	t.Run("no-book", func(t *testing.T) {
		b := open(t, nil)
		o := b.o
		o.Path = filepath.Join(t.TempDir(), "vouchers.db")
		require.NoError(t, os.WriteFile(o.Path, []byte("not a database, but long enough to be taken for a page of one"), 0o600))
		_, err := Open(o)
		require.ErrorIs(t, err, ErrBook)
	})
}

// Who calls while the miner ends is told that nothing was kept.
func TestClosedBookKeepsNothing(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 1000)
	b.pay(1, 100, 10)
	o := b.o
	o.Path = filepath.Join(t.TempDir(), "vouchers.db")
	other, err := Open(o)
	require.NoError(t, err)
	h, err := other.Reserve(ctx, b.voucher(1, 100), alice, 10)
	require.NoError(t, err)
	require.NoError(t, other.Close())
	h.Settle(10)
	_, err = other.Reserve(ctx, b.voucher(1, 200), alice, 10)
	require.ErrorIs(t, err, ErrBook)
}

func copyBook(t *testing.T, b *bench) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, b.book.db.View(func(tx *bbolt.Tx) error { return tx.CopyFile(path, 0o600) }))
	return path
}

// While the disk takes nothing no call is served, and what came meanwhile is written once it does again.
func TestDiskThatFails(t *testing.T) {
	b := open(t, func(o *Options) { o.MaxChannels = 1 })
	b.channel(1, 1000)
	b.channel(2, 1000)
	h, err := b.Reserve(ctx, b.voucher(1, 100), alice, 10)
	require.NoError(t, err)
	require.NoError(t, b.book.db.Close())
	h.Settle(10)
	_, err = b.Reserve(ctx, b.voucher(1, 200), alice, 20)
	require.ErrorIs(t, err, ErrBook)
	require.ErrorIs(t, b.Voucher(ctx, b.voucher(1, 300)), ErrBook)

	b.book.db, err = bbolt.Open(b.o.Path, 0o600, nil)
	require.NoError(t, err)
	_, err = b.Reserve(ctx, b.voucher(2, 100), alice, 10)
	require.ErrorIs(t, err, ErrFull, "what the disk does not have yet is not pushed out of memory")
	b.eventually(func() bool {
		h, err := b.Reserve(ctx, b.voucher(2, 100), alice, 10)
		if err == nil {
			h.Release()
		}
		return err == nil
	}, "but it is written, and then it can be")
	require.Equal(t, uint64(30), b.pay(1, 1, 20).Spent, "calls that were not served cost and reserve nothing")
	b.pay(1, 1, 270)
	b.reopen()
	require.Equal(t, State{Channel: 1, Voucher: b.voucher(1, 300), Vouched: 300, Spent: 300, Cumulative: 301}, *b.state(1))
}
