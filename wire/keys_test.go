package wire_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func TestPrivateKeysPrintNothing(t *testing.T) {
	sealing, err := wire.SealingKeyFromSeed(seed(0xab))
	require.NoError(t, err)
	sess, err := wire.SessionKeyFromSeed(seed(0xab))
	require.NoError(t, err)
	for _, key := range []any{serviceKey(t, 0xab), voucherKey(t, 0xab), sess, sealing, &wire.Session{Key: sess}} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%d", "%q"} {
			fmt.Fprintf(&out, verb+"\n", key)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("key", "key", key)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("key", "key", key)
		require.NoError(t, json.NewEncoder(&out).Encode(key))
		s := strings.ToLower(out.String())
		require.NotContains(t, s, "abab", "%T", key)
		require.NotContains(t, s, "171 171", "%T", key)
		require.NotContains(t, s, "171,171", "%T", key)
		require.Contains(t, s, "[private key]", "%T", key)
	}
}

func TestKeysCompare(t *testing.T) {
	require.True(t, serviceKey(t, 1).Equal(serviceKey(t, 1)))
	require.False(t, serviceKey(t, 1).Equal(serviceKey(t, 2)))
	zeros, err := wire.ServiceKeyFromSeed(seed(0))
	require.NoError(t, err)
	require.False(t, zeros.Equal(wire.ServiceKey{}), "a key of zeros is not the lack of a key")
	require.False(t, wire.NewSealingKey().Equal(wire.NewSealingKey()))
}

func TestKeysRefuseOtherLengths(t *testing.T) {
	for _, n := range []int{0, 31, 33, 64} {
		_, err := wire.ServiceKeyFromSeed(make([]byte, n))
		require.ErrorIs(t, err, wire.ErrKey)
		_, err = wire.ParseServicePublic(make([]byte, n))
		require.ErrorIs(t, err, wire.ErrKey)
		_, err = wire.ParseSealingPublic(make([]byte, n))
		require.ErrorIs(t, err, wire.ErrKey)
		_, _, err = wire.LocalAccount(make([]byte, n))
		require.ErrorIs(t, err, wire.ErrKey)
	}
	_, _, err := wire.LocalAccount(bytes.Repeat([]byte{0xff}, 32))
	require.ErrorIs(t, err, wire.ErrKey, "beyond the group's order")
	_, err = wire.ParseSealingPublic(bytes.Repeat([]byte{0xff}, wire.SealingPublicSize))
	require.ErrorIs(t, err, wire.ErrKey, "coefficients out of range")
	_, err = (wire.SealingKey{}).Public()
	require.ErrorIs(t, err, wire.ErrKey)
}

func TestKeyFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "service.key")
	_, err := wire.LoadServiceKey(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	k, created, err := wire.LoadOrCreateServiceKey(path)
	require.NoError(t, err)
	require.True(t, created)
	again, created, err := wire.LoadOrCreateServiceKey(path)
	require.NoError(t, err)
	require.False(t, created)
	require.True(t, k.Equal(again))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	require.ErrorIs(t, wire.SaveServiceKey(path, wire.NewServiceKey()), wire.ErrKeyExists)
	again, err = wire.LoadServiceKey(path)
	require.NoError(t, err)
	require.True(t, k.Equal(again), "a refused save must leave the key")
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1, "no temporary file may stay")

	_, err = wire.LoadSealingKey(path)
	require.ErrorIs(t, err, wire.ErrKey, "a service key is no sealing key")
	require.NoError(t, os.Chmod(path, 0o640))
	_, err = wire.LoadServiceKey(path)
	require.ErrorIs(t, err, wire.ErrKeyPermissions)
	require.ErrorIs(t, wire.SaveSealingKey(filepath.Join(t.TempDir(), "x"), wire.SealingKey{}), wire.ErrKey)
}

func TestKeyFileErrorsShowNoContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "service.key")
	for _, content := range []string{"", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ", "agon-service-key-v1 c2VjcmV0", "agon-service-key-v1 " + hex.EncodeToString(seed(1)) + "\n", strings.Repeat("c2Vj", 1000)} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := wire.LoadServiceKey(path)
		require.ErrorIs(t, err, wire.ErrKey)
		require.NotContains(t, err.Error(), "c2Vj")
		require.NotContains(t, err.Error(), "0101")
	}
}
