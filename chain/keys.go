package chain

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	items "github.com/99designs/keyring"

	"github.com/cosmos/cosmos-sdk/crypto/hd"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/wire"
)

// Names of the two keys that a daemon's home holds. The owner's may as well lie elsewhere.
const (
	// KeyOwner pays, registers, and owns the hotkey.
	KeyOwner = "owner"
	// KeyHotkey signs the daemon's transactions.
	KeyHotkey = "hotkey"
)

// keyringService names the entries in the operating system's keyring.
const keyringService = params.Bech32Prefix

// Folders of the backends that keep files, under the names that agond gives them.
const (
	testFolder = "keyring-test"
	fileFolder = "keyring-file"
)

// Keyring holds a daemon's secrets: account keys, and seeds of other keys. It may be used from many goroutines at once. It
// never prints one.
type Keyring struct {
	mu sync.Mutex // the file backend asks for its passphrase and keeps it, unguarded
	kr keyring.Keyring
	db items.Keyring // what kr keeps its keys in, and seeds lie beside
}

// OpenKeyring opens the keyring in dir, which it creates when the first key is made. Backends are those of agond, which
// can read it with --keyring-dir:
//
//   - "file", encrypted files in dir/keyring-file, with a passphrase of at least 8 characters;
//   - "os", the operating system's keyring, or encrypted files where there is none;
//   - "test", files in dir/keyring-test that whoever can read them can use, for networks on one machine.
//
// The error is ErrKeyring.
func OpenKeyring(dir, backend string, passphrase Passphrase) (*Keyring, error) {
	// The SDK opens these too, but lets nothing lie beside its own keys, and asks the terminal even where a file has the answer.
	c := items.Config{ServiceName: keyringService, FileDir: dir, KeychainTrustApplication: true}
	switch backend {
	case keyring.BackendTest:
		c.AllowedBackends, c.FileDir = []items.BackendType{items.FileBackend}, filepath.Join(dir, testFolder)
		c.FilePasswordFunc = func(string) (string, error) { return keyring.BackendTest, nil }
	case keyring.BackendFile:
		c.AllowedBackends, c.FileDir = []items.BackendType{items.FileBackend}, filepath.Join(dir, fileFolder)
		c.FilePasswordFunc = passphrase.ask(c.FileDir)
	case keyring.BackendOS:
		c.FilePasswordFunc = passphrase.ask(dir)
	default:
		return nil, fmt.Errorf("%w: backend %q must be file, os or test", ErrKeyring, backend)
	}
	db, err := items.Open(c)
	if err != nil {
		return nil, fmt.Errorf("%w: backend %s in %s: %w", ErrKeyring, backend, dir, err)
	}
	return newKeyring(db)
}

// NewMemoryKeyring holds keys that nothing outlives, for tests.
func NewMemoryKeyring() (*Keyring, error) { return newKeyring(items.NewArrayKeyring(nil)) }

func newKeyring(db items.Keyring) (*Keyring, error) {
	encoding, err := NewEncoding()
	if err != nil {
		return nil, err
	}
	return &Keyring{kr: keyring.NewInMemoryWithKeyring(db, encoding.Codec), db: db}, nil
}

// Ensure makes the key if there is none of the name. The mnemonic of a new key, 24 words, is returned this once: show it
// to the operator and keep it nowhere. The error is ErrKeyring.
func (k *Keyring) Ensure(name string) (created bool, mnemonic string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := k.kr.Key(name); err == nil {
		return false, "", nil
	} else if !errors.Is(err, sdkerrors.ErrKeyNotFound) {
		return false, "", unreadable(name, err)
	}
	_, mnemonic, err = k.kr.NewMnemonic(name, keyring.English, derivationPath(), keyring.DefaultBIP39Passphrase, hd.Secp256k1)
	if err != nil {
		return false, "", fmt.Errorf("%w: make key %q: %w", ErrKeyring, name, err)
	}
	return true, mnemonic, nil
}

// Recover makes the key from its mnemonic. The error is ErrKeyring, also if there is a key of the name.
func (k *Keyring) Recover(name, mnemonic string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := k.kr.Key(name); err == nil {
		return fmt.Errorf("%w: there is a key %q; delete it first or choose another name", ErrKeyring, name)
	}
	if _, err := k.kr.NewAccount(name, mnemonic, keyring.DefaultBIP39Passphrase, derivationPath(), hd.Secp256k1); err != nil {
		return fmt.Errorf("%w: recover key %q: %w", ErrKeyring, name, err)
	}
	return nil
}

func derivationPath() string { return sdk.GetConfig().GetFullBIP44Path() }

func unreadable(name string, err error) error {
	return fmt.Errorf("%w: read key %q: %w; check the passphrase and the folder's owner", ErrKeyring, name, err)
}

// record is called with mu held.
func (k *Keyring) record(name string) (*keyring.Record, error) {
	r, err := k.kr.Key(name)
	if errors.Is(err, sdkerrors.ErrKeyNotFound) {
		return nil, fmt.Errorf("%w: %q; make it or recover it from its mnemonic", ErrNoKey, name)
	}
	if err != nil {
		return nil, unreadable(name, err)
	}
	return r, nil
}

// Address is the account of the key; its String is bech32 with prefix agon. Errors: ErrNoKey, ErrKeyring.
func (k *Keyring) Address(name string) (sdk.AccAddress, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, err := k.record(name)
	if err != nil {
		return nil, err
	}
	a, err := r.GetAddress()
	if err != nil {
		return nil, unreadable(name, err)
	}
	return a, nil
}

// Names lists the keys in order of name.
func (k *Keyring) Names() ([]string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	records, err := k.kr.List()
	if err != nil {
		return nil, fmt.Errorf("%w: list keys: %w", ErrKeyring, err)
	}
	names := make([]string, len(records))
	for i, r := range records {
		names[i] = r.Name
	}
	return names, nil
}

// AccountSigner lets the key certify sessions on the wire. The signer may be called from many goroutines at once.
// Errors: ErrNoKey; ErrKeyring also for a key that is not a local secp256k1 key.
func (k *Keyring) AccountSigner(name string) (wire.AccountKey, wire.AccountSigner, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, err := k.record(name)
	if err != nil {
		return wire.AccountKey{}, nil, err
	}
	public, err := r.GetPubKey()
	if err != nil {
		return wire.AccountKey{}, nil, unreadable(name, err)
	}
	if p, ok := public.(*secp256k1.PubKey); !ok || len(p.Key) != len(wire.AccountKey{}) || r.GetLocal() == nil {
		return wire.AccountKey{}, nil, fmt.Errorf("%w: key %q is a %s key, not a local secp256k1 key; sessions need one", ErrKeyring, name, public.Type())
	}
	sign := func(message []byte) ([]byte, error) {
		k.mu.Lock()
		defer k.mu.Unlock()
		signature, _, err := k.kr.Sign(name, message, signing.SignMode_SIGN_MODE_DIRECT)
		if err != nil {
			return nil, unreadable(name, err)
		}
		return signature, nil
	}
	return wire.AccountKey(public.Bytes()), sign, nil
}

// SDK is the keyring underneath. It is not guarded against use at once with this one.
func (k *Keyring) SDK() keyring.Keyring { return k.kr }
