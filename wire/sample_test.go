package wire_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

// sampled is a call to a miner over a socket, as a gateway keeps it, and as a validator reads it.
func sampled(t *testing.T) wire.Sample {
	t.Helper()
	srv := fakeMiner(t, policy(t), func(w http.ResponseWriter, rec wire.Receipt) {
		require.NoError(t, rec.Sign(serviceKey(t, 1)))
		rec.Set(w.Header())
		_, _ = io.WriteString(w, "answer")
	})
	call := liveCall(t, srv.URL)
	reply, err := client(t, nil).Do(t.Context(), call)
	require.NoError(t, err)
	kept, err := wire.NewSample(netuid, call.Body, reply)
	require.NoError(t, err)
	raw, err := json.Marshal(kept)
	require.NoError(t, err)
	var read wire.Sample
	require.NoError(t, json.Unmarshal(raw, &read))
	require.Equal(t, kept, read)
	return read
}

func TestASampleIsWhatTheMinerSignedFor(t *testing.T) {
	s := sampled(t)
	receipt, err := s.Verify(chainID, netuid, serviceKey(t, 1).Public())
	require.NoError(t, err)
	require.Equal(t, wire.BodyHash([]byte("answer")), receipt.ResponseHash)
	require.Equal(t, "/base/v1/langid?top=3", s.Target)

	// Whoever keeps it can change nothing, not even when the call was made.
	for name, edit := range map[string]func(*wire.Sample){
		"question": func(s *wire.Sample) { s.Question = []byte(`{"input":"y"}`) },
		"answer":   func(s *wire.Sample) { s.Answer = []byte("another") },
		"later":    func(s *wire.Sample) { s.Time++ },
		"earlier":  func(s *wire.Sample) { s.Time-- },
		"expiry":   func(s *wire.Sample) { s.Expiry++ },
		"recipient": func(s *wire.Sample) {
			k, _ := account(t, 78)
			s.To, _ = k.Address(wire.AddressPrefix)
		},
		"sender":      func(s *wire.Sample) { s.From = s.To },
		"path":        func(s *wire.Sample) { s.Target = "/v1/chat/completions" },
		"method":      func(s *wire.Sample) { s.Method = http.MethodPut },
		"tag":         func(s *wire.Sample) { s.Tag = wire.Tag(seed(8)).String() },
		"no-tag":      func(s *wire.Sample) { s.Tag = "" },
		"nonce":       func(s *wire.Sample) { s.Nonce = bytes.Repeat([]byte{1}, wire.NonceSize) },
		"short-nonce": func(s *wire.Sample) { s.Nonce = s.Nonce[1:] },
		"no-receipt":  func(s *wire.Sample) { s.Receipt = "" },
		"own-receipt": func(s *wire.Sample) {
			r, err := wire.ParseReceipt(s.Receipt)
			require.NoError(t, err)
			require.NoError(t, r.Sign(serviceKey(t, 2)))
			s.Receipt = r.String()
		},
		"too-long": func(s *wire.Sample) { s.Answer = make([]byte, wire.MaxSample) },
	} {
		t.Run(name, func(t *testing.T) {
			forged := s
			edit(&forged)
			_, err := forged.Verify(chainID, netuid, serviceKey(t, 1).Public())
			require.Error(t, err)
		})
	}
	_, err = s.Verify("another-chain", netuid, serviceKey(t, 1).Public())
	require.ErrorIs(t, err, wire.ErrReceiptMismatch)
	_, err = s.Verify(chainID, netuid+1, serviceKey(t, 1).Public())
	require.ErrorIs(t, err, wire.ErrReceiptMismatch)
	_, err = s.Verify(chainID, netuid, serviceKey(t, 2).Public())
	require.ErrorIs(t, err, wire.ErrReceiptMismatch)
}

func TestWhatIsNotSampled(t *testing.T) {
	_, err := wire.NewSample(netuid, nil, nil)
	require.ErrorIs(t, err, wire.ErrSample)
	r := receipt(t)
	_, err = wire.NewSample(netuid, nil, &wire.Reply{Status: 400, Receipt: &r, Request: &wire.Request{}})
	require.ErrorIs(t, err, wire.ErrSample)
	_, err = wire.NewSample(netuid, make([]byte, wire.MaxSample), &wire.Reply{Status: 200, Receipt: &r, Request: &wire.Request{}, Body: []byte("x")})
	require.ErrorIs(t, err, wire.ErrSample)
}

func TestSampleQueries(t *testing.T) {
	_, public := sealingKey(t, 3)
	raw, err := json.Marshal(wire.SampleQuery{Netuid: 4, After: "7", SealTo: public[:]})
	require.NoError(t, err)
	require.Less(t, len(raw), wire.MaxSampleQuery)
	q, key, err := wire.DecodeSampleQuery(raw)
	require.NoError(t, err)
	require.Equal(t, public, key)
	require.Equal(t, "7", q.After)
	for name, raw := range map[string]string{
		"no-json": "x", "no-key": `{"netuid":4}`, "short-key": `{"netuid":4,"seal_to":"AAAA"}`, "too-long": `{"after":"` + string(make([]byte, wire.MaxSampleQuery)) + `"}`,
	} {
		_, _, err := wire.DecodeSampleQuery([]byte(raw))
		require.ErrorIs(t, err, wire.ErrSampleQuery, name)
	}
}
