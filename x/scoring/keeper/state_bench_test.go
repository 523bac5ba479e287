package keeper_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	corestore "cosmossdk.io/core/store"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/scoring/keeper"
	"github.com/agon-chain/agon/x/scoring/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// full is a market of many subnets, each of fullNeurons neurons with axons, of which fullValidators weigh all others, in
// stores on disk. Their epochs are spread over the tempo.
const (
	fullNeurons, fullValidators = 256, 64
	fullTempo                   = 360
)

func full(b *testing.B, subnets int, written *meter) *markettest.Market {
	b.Helper()
	db, err := dbm.NewGoLevelDB("state", b.TempDir(), nil)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	m := markettest.New(b, markettest.Config{DB: db, Stores: func(name string, s corestore.KVStoreService) corestore.KVStoreService {
		return meteredService{s, name, written}
	}})
	p, err := m.Subnet.Params(m.Ctx)
	require.NoError(b, err)
	p.CreationCostStepBps = 10_000 // else the price of the last would be beyond all coins
	_, err = subnetkeeper.NewMsgServer(m.Subnet).UpdateParams(m.Ctx, &subnettypes.MsgUpdateParams{Authority: m.Authority, Params: p})
	require.NoError(b, err)
	h := markettest.Hyperparams()
	direct(&h)
	h.Tempo, h.MaxNeurons, h.MaxValidators, h.ActivityCutoff = fullTempo, fullNeurons, fullValidators, 5000
	var ids []uint32
	for range subnets {
		ids = append(ids, m.CreateSubnet(h))
	}
	for n := range fullNeurons {
		if n > 0 && n%int(h.MaxRegistrationsPerBlock) == 0 {
			m.At(m.Ctx.BlockHeight() + 1)
		}
		for _, id := range ids {
			m.Register(id, n)
			public := markettest.ServiceKey(n, 0).Public()
			_, err := subnetkeeper.NewMsgServer(m.Subnet).ServeAxon(m.Ctx, &subnettypes.MsgServeAxon{
				Hotkey: markettest.Hotkey(n).String(), Netuid: id,
				Axon: subnettypes.Axon{
					Url: fmt.Sprintf("http://203.0.113.%d:8091", n), ServiceKey: public[:], SealingKey: make([]byte, subnettypes.SealingKeySize), Region: "eu-central",
					Hardware: subnettypes.Hardware{Kind: "gpu", Model: "NVIDIA H100 80GB HBM3", Count: 8},
				},
			})
			require.NoError(b, err)
			if n < fullValidators {
				m.StakeToken(id, n, uint64(1_000_000_000_000+n))
			}
		}
	}
	// Two epochs each: the first gives permits, the second bonds.
	pass(b, m, written, &tally{})
	judges := keeper.NewMsgServer(m.Scoring)
	row := make([]types.Weight, 0, fullNeurons)
	for _, id := range ids {
		for n := range fullValidators {
			row = row[:0]
			for uid := uint32(fullValidators); uid < fullNeurons; uid++ {
				row = append(row, types.Weight{Uid: uid, Value: 1 + (uid*7919+uint32(n)*104729)%65535})
			}
			msg := set(n, row)
			msg.Netuid = id
			_, err := judges.SetWeights(m.Ctx, msg)
			require.NoError(b, err)
		}
	}
	pass(b, m, written, &tally{})
	return m
}

// tally sums what blocks took.
type tally struct {
	epochs, blocks, idle  int
	begin, idling, commit time.Duration
	longest               time.Duration
	keys, bytes, reads    int
	mostEpochs            int
}

// pass runs as many blocks as an epoch has.
func pass(b *testing.B, m *markettest.Market, written *meter, sum *tally) {
	b.Helper()
	for range fullTempo {
		m.At(m.Ctx.BlockHeight() + 1)
		written.reset()
		branch, write := m.Ctx.CacheContext()
		start := time.Now()
		require.NoError(b, m.Scoring.BeginBlock(branch))
		took := time.Since(start)
		keys, bytes, reads := len(written.keys), written.bytes(), written.reads
		require.NoError(b, m.Emission.BeginBlock(branch))
		ended := len(markettest.Events[*types.EventEpochEnded](branch.EventManager().Events()))
		start = time.Now()
		write()
		m.Commit()
		committed := time.Since(start)
		sum.blocks++
		if ended == 0 {
			sum.idle++
			sum.idling += took
			continue
		}
		sum.epochs += ended
		sum.begin += took
		sum.commit += committed
		sum.keys += keys
		sum.bytes += bytes
		sum.reads += reads
		sum.longest = max(sum.longest, took)
		sum.mostEpochs = max(sum.mostEpochs, ended)
	}
}

// BenchmarkFullState is the epochs of many subnets inside their blocks, on stores that hold them all, on disk; an iteration
// is a whole tempo. ms/epoch is reading, reckoning, paying and writing to the block's branch; commit-ms/epoch is hashing and
// writing to disk. us/idle-block is the beginning of a block with which no epoch is due. Run it with -benchtime 1x; -short leaves
// out the large one.
func BenchmarkFullState(b *testing.B) {
	for _, subnets := range []int{128, 1024} {
		b.Run(fmt.Sprintf("subnets=%d", subnets), func(b *testing.B) {
			if testing.Short() && subnets > 128 {
				b.Skip("filling the stores takes minutes")
			}
			written := &meter{keys: map[string]int{}}
			m := full(b, subnets, written)
			var sum tally
			for b.Loop() {
				pass(b, m, written, &sum)
			}
			require.Equal(b, b.N*subnets, sum.epochs, "every subnet ended an epoch")
			ms := func(d time.Duration, n int) float64 { return d.Seconds() * 1000 / math.Max(1, float64(n)) }
			b.ReportMetric(ms(sum.begin, sum.epochs), "ms/epoch")
			b.ReportMetric(ms(sum.commit, sum.epochs), "commit-ms/epoch")
			b.ReportMetric(ms(sum.longest, 1), "ms-longest-block")
			b.ReportMetric(float64(sum.mostEpochs), "epochs-most-in-block")
			b.ReportMetric(1000*ms(sum.idling, sum.idle), "us/idle-block")
			b.ReportMetric(float64(sum.keys)/float64(sum.epochs), "written-keys/epoch")
			b.ReportMetric(float64(sum.bytes)/float64(sum.epochs), "written-B/epoch")
			b.ReportMetric(float64(sum.reads)/float64(sum.epochs), "read-keys/epoch")
			b.ReportMetric(0, "ns/op") // an iteration is as long as a tempo has blocks
		})
	}
}

// BenchmarkMetagraph is the query of a whole subnet in the node, encoded as it travels.
func BenchmarkMetagraph(b *testing.B) {
	m := full(b, 1, &meter{keys: map[string]int{}})
	server := keeper.NewQueryServer(m.Scoring)
	size := 0
	for b.Loop() {
		r, err := server.Metagraph(m.Ctx, &types.QueryMetagraphRequest{Netuid: 1})
		require.NoError(b, err)
		bz, err := r.Marshal()
		require.NoError(b, err)
		size = len(bz)
	}
	b.ReportMetric(float64(size), "wire-B")
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/query")
}
