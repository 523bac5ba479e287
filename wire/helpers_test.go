package wire_test

import (
	"bytes"
	"flag"
	"net/http"
	"testing"
	"time"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata vectors anew")

const (
	chainID = "agon-test-1"
	netuid  = uint16(3)
)

var now = time.UnixMilli(1_800_000_000_123)

func seed(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func serviceKey(t testing.TB, b byte) wire.ServiceKey {
	t.Helper()
	k, err := wire.ServiceKeyFromSeed(seed(b))
	require.NoError(t, err)
	return k
}

func account(t testing.TB, b byte) (wire.AccountKey, wire.AccountSigner) {
	t.Helper()
	k, sign, err := wire.LocalAccount(seed(b))
	require.NoError(t, err)
	return k, sign
}

func session(t testing.TB, b byte, scope wire.Scope, netuid uint16) *wire.Session {
	t.Helper()
	k, sign := account(t, b)
	s, err := wire.NewSession(chainID, k, sign, scope, netuid, now.Add(-time.Hour), now.Add(time.Hour))
	require.NoError(t, err)
	return s
}

func minerAddress(t testing.TB) string {
	t.Helper()
	k, _ := account(t, 77)
	a, err := k.Address(wire.AddressPrefix)
	require.NoError(t, err)
	return a
}

func policy(t testing.TB) wire.RequestPolicy {
	t.Helper()
	return wire.RequestPolicy{ChainID: chainID, To: minerAddress(t), Netuid: netuid, Replay: wire.NewReplayCache(1000, 10000)}
}

// signedRequest is a request as it arrives at a miner.
func signedRequest(t testing.TB, s *wire.Session, change func(*wire.Header)) (*http.Request, []byte, *wire.Request) {
	t.Helper()
	body := []byte(`{"input":"bonjour"}`)
	r, err := http.NewRequest(http.MethodPost, "http://miner.example/v1/langid?top=3", bytes.NewReader(body))
	require.NoError(t, err)
	h := wire.Header{Tag: wire.Tag(seed(9)), Time: now, Expiry: now.Add(time.Minute), To: minerAddress(t)}
	if change != nil {
		change(&h)
	}
	signed, err := wire.Sign(r, body, chainID, s, h)
	require.NoError(t, err)
	return r, body, signed
}

func receipt(t testing.TB) wire.Receipt {
	t.Helper()
	r := wire.Receipt{
		ChainIDHash:  wire.ChainIDHash(chainID),
		Netuid:       netuid,
		RequestHash:  wire.BodyHash([]byte("request")),
		QuestionHash: wire.BodyHash([]byte("question")),
		Tag:          wire.Tag(seed(9)),
		ResponseHash: wire.BodyHash([]byte("response")),
		ModelVersion: wire.BodyHash([]byte("model")),
		Status:       200,
		PromptTokens: 12,
		OutputTokens: 1 << 31,
		ReceivedAt:   now,
		FinishedAt:   now.Add(250 * time.Millisecond),
	}
	require.NoError(t, r.Sign(serviceKey(t, 1)))
	return r
}
