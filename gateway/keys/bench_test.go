package keys_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store/storetest"
)

// BenchmarkCall is a call's whole account, with SQLite on a disk: authorize, reserve, settle, and the share of the writes. The time includes the
// last write, after which everything is in the database.
func BenchmarkCall(b *testing.B) {
	for _, spooled := range []bool{false, true} {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("keys=%d/spool=%t", callers, spooled), func(b *testing.B) {
				bank := newBank(b, storetest.SQLite(b), 1<<60)
				secrets := make([]keys.Secret, callers)
				for i := range secrets {
					secrets[i] = bank.key(b, keys.Scope{
						Models: []string{"1/*"}, Budget: keys.Budget{Period: keys.Day, Amount: 1 << 50}, RequestsPerMinute: 1 << 40, TokensPerMinute: 1 << 40,
					}).Secret
				}
				o := keys.Options{}
				if spooled {
					o.Spool = b.TempDir()
				}
				s, stop := bank.start(b, o)
				var n atomic.Int64
				began := time.Now()
				b.ReportAllocs()
				for b.Loop() {
					if err := call(b.Context(), s, secrets[int(n.Add(1))%callers], 1000); err != nil {
						b.Fatal(err)
					}
				}
				stop()
				b.ReportMetric(float64(n.Load())/time.Since(began).Seconds(), "calls/s")
				require.EqualValues(b, n.Load(), bank.used(b, keys.UsageFilter{}).Calls)
			})
		}
	}
}
