package chain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/wire"
)

func TestEnsureMakesAKeyOnce(t *testing.T) {
	dir := t.TempDir()
	k, err := OpenKeyring(dir, "test", Passphrase{})
	require.NoError(t, err)
	_, err = k.Address(KeyHotkey)
	require.ErrorIs(t, err, ErrNoKey)

	created, mnemonic, err := k.Ensure(KeyHotkey)
	require.NoError(t, err)
	require.True(t, created)
	require.Len(t, strings.Fields(mnemonic), 24)
	address, err := k.Address(KeyHotkey)
	require.NoError(t, err)
	require.Regexp(t, "^agon1[02-9ac-hj-np-z]{38}$", address.String())

	again, err := OpenKeyring(dir, "test", Passphrase{})
	require.NoError(t, err)
	created, repeated, err := again.Ensure(KeyHotkey)
	require.NoError(t, err)
	require.False(t, created)
	require.Empty(t, repeated)
	same, err := again.Address(KeyHotkey)
	require.NoError(t, err)
	require.Equal(t, address, same)

	require.ErrorIs(t, again.Recover(KeyHotkey, mnemonic), ErrKeyring, "a key is not overwritten")
	other, err := NewMemoryKeyring()
	require.NoError(t, err)
	require.NoError(t, other.Recover(KeyOwner, mnemonic))
	recovered, err := other.Address(KeyOwner)
	require.NoError(t, err)
	require.Equal(t, address, recovered)
	require.ErrorIs(t, other.Recover("bad", "not a mnemonic"), ErrKeyring)
	names, err := other.Names()
	require.NoError(t, err)
	require.Equal(t, []string{KeyOwner}, names)
}

func TestKeyringTellsAWrongPassphraseFromAMissingKey(t *testing.T) {
	dir := t.TempDir()
	k, err := OpenKeyring(dir, "file", Passphrase{Input: strings.NewReader("correct horse\ncorrect horse\n")})
	require.NoError(t, err)
	_, _, err = k.Ensure(KeyOwner)
	require.NoError(t, err)

	k, err = OpenKeyring(dir, "file", Passphrase{Input: strings.NewReader(strings.Repeat("battery staple\n", 5))})
	require.NoError(t, err)
	_, err = k.Address(KeyOwner)
	require.ErrorIs(t, err, ErrKeyring)
	require.NotErrorIs(t, err, ErrNoKey)
	_, _, err = k.Ensure(KeyOwner)
	require.ErrorIs(t, err, ErrKeyring, "no second key over one that cannot be read")

	_, err = OpenKeyring(dir, "paper", Passphrase{})
	require.ErrorIs(t, err, ErrKeyring)
}

func TestKeyFilesAreTheOperatorsAlone(t *testing.T) {
	dir := t.TempDir()
	k, err := OpenKeyring(dir, "test", Passphrase{})
	require.NoError(t, err)
	_, _, err = k.Ensure(KeyHotkey)
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(dir, "keyring-test", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		info, err := os.Stat(f)
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, "%s is %s", f, info.Mode())
	}
}

// A session that a keyring's key certified must be one that the wire accepts as the account's.
func TestAccountSignerCertifiesSessions(t *testing.T) {
	k, err := NewMemoryKeyring()
	require.NoError(t, err)
	_, _, err = k.Ensure("caller")
	require.NoError(t, err)
	key, sign, err := k.AccountSigner("caller")
	require.NoError(t, err)
	address, err := k.Address("caller")
	require.NoError(t, err)
	bech, err := key.Address(wire.AddressPrefix)
	require.NoError(t, err)
	require.Equal(t, address.String(), bech)
	_, err = wire.NewSession(testChainID, key, sign, wire.ScopeCall, wire.AnyNetuid, time.Now(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	_, _, err = k.AccountSigner("stranger")
	require.ErrorIs(t, err, ErrNoKey)
}

func TestNoTwoSignaturesAreAlike(t *testing.T) {
	k, err := NewMemoryKeyring()
	require.NoError(t, err)
	_, _, err = k.Ensure(KeyHotkey)
	require.NoError(t, err)
	from, err := k.Address(KeyHotkey)
	require.NoError(t, err)
	cfg := DefaultConfig()
	cfg.ChainID = testChainID
	c, err := open(cfg)
	require.NoError(t, err)
	defer func() {
		require.NoError(t, c.Close())
		require.NoError(t, c.Close(), "twice is harmless")
	}()

	s := newKeySigner(c, k, KeyHotkey, TxOptions{FeeGranter: sdk.AccAddress("granter_____________"), Memo: "hello"})
	at := account{number: 3, sequence: 4}
	one, err := s.sign(t.Context(), at, 1000, 50, []sdk.Msg{pay(from, from, 1)})
	require.NoError(t, err)
	two, err := s.sign(t.Context(), at, 1000, 50, []sdk.Msg{pay(from, from, 1)})
	require.NoError(t, err)
	require.NotEqual(t, one, two)

	decoded, err := c.encoding.TxConfig.TxDecoder()(one)
	require.NoError(t, err)
	got := decoded.(interface {
		sdk.FeeTx
		sdk.TxWithMemo
		sdk.TxWithTimeoutHeight
	})
	require.Equal(t, "100nagon", got.GetFee().String(), "1000 gas at 0.1nagon")
	require.EqualValues(t, 50, got.GetTimeoutHeight())
	require.Equal(t, sdk.AccAddress("granter_____________"), sdk.AccAddress(got.FeeGranter()))
	require.True(t, strings.HasPrefix(got.GetMemo(), "hello "))

	_, err = NewTxQueue(c, k, KeyHotkey, TxOptions{Memo: strings.Repeat("x", 240)})
	require.ErrorIs(t, err, ErrConfig)
	_, err = NewTxQueue(c, k, "stranger", TxOptions{})
	require.ErrorIs(t, err, ErrNoKey)
}
