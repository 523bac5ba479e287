package wire_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func TestReadmeSaysTheWidthsAndCodes(t *testing.T) {
	b, err := os.ReadFile("README.md")
	require.NoError(t, err)
	readme := string(b)
	require.Contains(t, readme, fmt.Sprintf("Session certificate, %d bytes", wire.CertificateSize))
	require.Contains(t, readme, fmt.Sprintf("Receipt, %d bytes", wire.ReceiptSize))
	require.Contains(t, readme, fmt.Sprintf("Voucher, %d bytes", wire.VoucherSize))
	require.Contains(t, readme, fmt.Sprintf("public half is %d bytes", wire.SealingPublicSize))
	require.Equal(t, 1121+16, wire.SealedOverhead)
	for _, e := range []*wire.Refusal{
		wire.ErrVersion, wire.ErrMissingHeader, wire.ErrHeader, wire.ErrStale, wire.ErrFromFuture, wire.ErrExpired, wire.ErrExpiryBounds, wire.ErrRecipient,
		wire.ErrSender, wire.ErrSignature, wire.ErrReplay, wire.ErrReplayFull, wire.ErrBodyTooLarge, wire.ErrSession, wire.ErrSessionChain, wire.ErrSessionExpired,
		wire.ErrSessionTooLong, wire.ErrSessionScope, wire.ErrSessionSignature, wire.ErrSealed,
		wire.ErrVoucher, wire.ErrVoucherChain, wire.ErrVoucherSignature,
	} {
		found := false
		for line := range strings.Lines(readme) {
			found = found || strings.HasPrefix(line, fmt.Sprintf("| %d |", e.Status())) && strings.Contains(line, "`"+e.Code()+"`")
		}
		require.True(t, found, "README lists %s under %d", e.Code(), e.Status())
	}
}

// Sealing is random, so its vector is a sealed body that every implementation must open.
func TestSealedVector(t *testing.T) {
	const file = "testdata/sealed.json"
	type vector struct {
		Seed      string `json:"sealing_seed"`
		Binding   string `json:"binding"`
		Plaintext string `json:"plaintext"`
		Sealed    string `json:"sealed"`
	}
	key, pub := sealingKey(t, 3)
	if *update {
		sealed, _, err := wire.SealRequest(pub, binding, []byte("prompt"))
		require.NoError(t, err)
		b, err := json.MarshalIndent(vector{hex.EncodeToString(seed(3)), hex.EncodeToString(binding), "prompt", hex.EncodeToString(sealed)}, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, append(b, '\n'), 0o644))
	}
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	var v vector
	require.NoError(t, json.Unmarshal(b, &v))
	require.Equal(t, hex.EncodeToString(binding), v.Binding)
	sealed, err := hex.DecodeString(v.Sealed)
	require.NoError(t, err)
	plain, _, err := wire.OpenRequest(key, binding, sealed)
	require.NoError(t, err)
	require.Equal(t, v.Plaintext, string(plain))
}
