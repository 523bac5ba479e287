package wire_test

import (
	"testing"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func TestReceiptVerify(t *testing.T) {
	r := receipt(t)
	key := serviceKey(t, 1).Public()
	require.NoError(t, r.Verify(key))
	require.ErrorIs(t, r.Verify(serviceKey(t, 2).Public()), wire.ErrReceiptMismatch)
	require.Len(t, r.Encode(), wire.ReceiptSize)

	// Every byte that is signed, once changed, either does not decode or does not verify.
	for i := range wire.ReceiptSize {
		b := r.Encode()
		b[i] ^= 1
		got, err := wire.DecodeReceipt(b)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrReceipt)
			continue
		}
		require.Error(t, got.Verify(key), "byte %d", i)
	}
}

func TestReceiptDecodeRefuses(t *testing.T) {
	r := receipt(t)
	for name, change := range map[string]func([]byte) []byte{
		"empty":            func([]byte) []byte { return nil },
		"short":            func(b []byte) []byte { return b[:len(b)-1] },
		"long":             func(b []byte) []byte { return append(b, 0) },
		"version":          func(b []byte) []byte { b[0] = 0; return b },
		"status-99":        func(b []byte) []byte { b[227], b[228] = 0, 99; return b },
		"status-600":       func(b []byte) []byte { b[227], b[228] = 2, 88; return b },
		"finished-earlier": func(b []byte) []byte { b[247], b[248] = 0, 0; return b },
		"time-negative":    func(b []byte) []byte { b[237] = 0x80; return b },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := wire.DecodeReceipt(change(r.Encode()))
			require.ErrorIs(t, err, wire.ErrReceipt)
		})
	}
}

func TestReceiptSignRefusesWhatNobodyWouldRead(t *testing.T) {
	r := receipt(t)
	r.FinishedAt = r.ReceivedAt.Add(-1e6)
	require.ErrorIs(t, r.Sign(serviceKey(t, 1)), wire.ErrReceipt)
	r = receipt(t)
	require.ErrorIs(t, r.Sign(wire.ServiceKey{}), wire.ErrKey)
}

func TestReceiptMatches(t *testing.T) {
	body := []byte("response")
	req := &wire.Request{Hash: wire.BodyHash([]byte("request")), QuestionHash: wire.BodyHash([]byte("question"))}
	req.Tag = wire.Tag(seed(9))
	r := receipt(t)
	require.NoError(t, r.Matches(req, chainID, netuid, 200, body))
	require.ErrorIs(t, r.Matches(req, "x", netuid, 200, body), wire.ErrReceiptMismatch)
	require.ErrorIs(t, r.Matches(req, chainID, 4, 200, body), wire.ErrReceiptMismatch)
	require.ErrorIs(t, r.Matches(req, chainID, netuid, 201, body), wire.ErrReceiptMismatch)
	require.ErrorIs(t, r.Matches(req, chainID, netuid, 200, nil), wire.ErrReceiptMismatch)
	req.Tag[0] ^= 1
	require.ErrorIs(t, r.Matches(req, chainID, netuid, 200, body), wire.ErrReceiptMismatch)
}

func FuzzDecodeReceipt(f *testing.F) {
	r := receipt(f)
	f.Add(r.Encode())
	f.Add([]byte{1})
	key := serviceKey(f, 1).Public()
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := wire.DecodeReceipt(b)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrReceipt)
			return
		}
		require.Equal(t, b, r.Encode())
		p, err := wire.ParseReceipt(r.String())
		require.NoError(t, err)
		require.Equal(t, r, p)
		_ = r.Verify(key)
	})
}

func FuzzParseReceipt(f *testing.F) {
	r := receipt(f)
	f.Add(r.String())
	f.Add("====")
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := wire.ParseReceipt(s); err == nil {
			require.Equal(t, s, r.String())
		}
	})
}
