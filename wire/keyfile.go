package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A key file is one line: the kind, a space, and the 32-byte seed in unpadded base64url.
const (
	kindService = "agon-service-key-v1"
	kindSealing = "agon-sealing-key-v1"
	kindVoucher = "agon-voucher-key-v1"
	maxKeyFile  = 256
)

// SaveServiceKey writes a new key file, readable by its owner alone. It never overwrites: a lost service key costs a
// transaction, an overwritten one costs the receipts signed with it. Errors: [ErrKeyExists].
func SaveServiceKey(path string, k ServiceKey) error { return saveKey(path, kindService, k.signing) }

// LoadServiceKey reads what [SaveServiceKey] wrote. Errors: fs.ErrNotExist, [ErrKeyPermissions], [ErrKey].
func LoadServiceKey(path string) (ServiceKey, error) {
	s, err := loadKey(path, kindService)
	return ServiceKey{s}, err
}

// LoadOrCreateServiceKey reads the file, or makes it with a fresh key where there is none.
func LoadOrCreateServiceKey(path string) (k ServiceKey, created bool, err error) {
	s, created, err := loadOrCreate(path, kindService)
	return ServiceKey{s}, created, err
}

// SaveSealingKey writes a new key file as [SaveServiceKey] does.
func SaveSealingKey(path string, k SealingKey) error { return saveKey(path, kindSealing, k.secret) }

// LoadSealingKey reads what [SaveSealingKey] wrote.
func LoadSealingKey(path string) (SealingKey, error) {
	s, err := loadKey(path, kindSealing)
	return SealingKey{s}, err
}

// LoadOrCreateSealingKey reads the file, or makes it with a fresh key where there is none.
func LoadOrCreateSealingKey(path string) (k SealingKey, created bool, err error) {
	s, created, err := loadOrCreate(path, kindSealing)
	return SealingKey{s}, created, err
}

// LoadOrCreateVoucherKey reads the file, or makes it with a fresh key where there is none. Whoever reads it can spend what the channels hold, and nothing else.
func LoadOrCreateVoucherKey(path string) (k VoucherKey, created bool, err error) {
	s, created, err := loadOrCreate(path, kindVoucher)
	return VoucherKey{s}, created, err
}

func loadOrCreate(path, kind string) (signing, bool, error) {
	s, err := loadKey(path, kind)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, false, err
	}
	s = newSigning()
	if err := saveKey(path, kind, s); err != nil {
		return signing{}, false, err
	}
	return s, true, nil
}

func saveKey(path, kind string, s signing) (err error) {
	if !s.set {
		return fmt.Errorf("save key %s: %w: no key was made", path, ErrKey)
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".key-*") // 0600 by CreateTemp's contract
	if err != nil {
		return fmt.Errorf("save key %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.WriteString(kind + " " + text.EncodeToString(s.seed[:]) + "\n")
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("save key %s: %w", path, err)
	}
	// A link, unlike a rename, fails where the name is taken: whole file or none, and never over another.
	if err := os.Link(f.Name(), path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%w: %s; move it away first if a new key is wanted", ErrKeyExists, path)
		}
		return fmt.Errorf("save key %s: %w", path, err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("save key %s: %w", path, err)
	}
	return errors.Join(d.Sync(), d.Close())
}

func loadKey(path, kind string) (signing, error) {
	f, err := os.Open(path)
	if err != nil {
		return signing{}, fmt.Errorf("load key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return signing{}, fmt.Errorf("load key: %w", err)
	}
	if m := info.Mode().Perm(); m&0o077 != 0 {
		return signing{}, fmt.Errorf("%w: %s has mode %04o, want 0600; run chmod 600 on it", ErrKeyPermissions, path, m)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return signing{}, fmt.Errorf("load key %s: %w", path, err)
	}
	s, err := parseKeyFile(b, kind)
	if err != nil {
		return signing{}, fmt.Errorf("load key %s: %w", path, err)
	}
	return s, nil
}

// parseKeyFile never puts the file's content into an error.
func parseKeyFile(b []byte, kind string) (signing, error) {
	rest, ok := bytes.CutPrefix(b, []byte(kind+" "))
	if !ok {
		return signing{}, fmt.Errorf("%w: does not start with %q", ErrKey, kind)
	}
	rest, ok = bytes.CutSuffix(rest, []byte("\n"))
	var seed [32]byte
	if !ok || decodeText(seed[:], string(rest)) != nil {
		return signing{}, fmt.Errorf("%w: want one line of %q and 43 characters of base64url", ErrKey, kind)
	}
	return signingFromSeed(seed[:])
}
