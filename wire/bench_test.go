package wire_test

import (
	"testing"

	"github.com/agon-chain/agon/wire"
)

func BenchmarkVerifyRequest(b *testing.B) {
	s := session(b, 5, wire.ScopeCall, netuid)
	r, body, _ := signedRequest(b, s, nil)
	p := policy(b)
	at := now
	for b.Loop() {
		p.Replay = wire.NewReplayCache(1, 1)
		if _, err := wire.Verify(r, body, at, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReceiptVerify(b *testing.B) {
	r := receipt(b)
	key := serviceKey(b, 1).Public()
	for b.Loop() {
		if err := r.Verify(key); err != nil {
			b.Fatal(err)
		}
	}
}
