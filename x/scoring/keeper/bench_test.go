package keeper_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	corestore "cosmossdk.io/core/store"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// meter counts what keepers write into their stores, once for each key of a block, and the keys that they read.
type meter struct {
	keys  map[string]int // bytes of key and last value
	reads int
}

func (m *meter) reset() {
	clear(m.keys)
	m.reads = 0
}

func (m *meter) bytes() (sum int) {
	for _, n := range m.keys {
		sum += n
	}
	return sum
}

type meteredService struct {
	corestore.KVStoreService
	name string
	m    *meter
}

func (s meteredService) OpenKVStore(ctx context.Context) corestore.KVStore {
	return meteredStore{s.KVStoreService.OpenKVStore(ctx), s}
}

type meteredStore struct {
	corestore.KVStore
	s meteredService
}

func (s meteredStore) Get(key []byte) ([]byte, error) {
	s.s.m.reads++
	return s.KVStore.Get(key)
}

func (s meteredStore) Has(key []byte) (bool, error) {
	s.s.m.reads++
	return s.KVStore.Has(key)
}

func (s meteredStore) Iterator(start, end []byte) (corestore.Iterator, error) {
	it, err := s.KVStore.Iterator(start, end)
	return meteredIterator{it, s.s.m}, err
}

func (s meteredStore) Set(key, value []byte) error {
	s.s.m.keys[s.s.name+string(key)] = len(key) + len(value)
	return s.KVStore.Set(key, value)
}

func (s meteredStore) Delete(key []byte) error {
	s.s.m.keys[s.s.name+string(key)] = len(key)
	return s.KVStore.Delete(key)
}

type meteredIterator struct {
	corestore.Iterator
	m *meter
}

func (i meteredIterator) Next() {
	i.m.reads++
	i.Iterator.Next()
}

// BenchmarkEpochInBlock is the end of one epoch: 256 neurons, of which 64 validators weigh 192 miners each.
// With 8 mechanisms they do so in each. written-B and written-keys are what Agon's own stores get; payments to accounts are the bank's.
func BenchmarkEpochInBlock(b *testing.B) {
	const neurons = 256
	for name, change := range map[string]func(*subnettypes.Hyperparams){
		"classic":      func(*subnettypes.Hyperparams) {},
		"yuma-3":       func(h *subnettypes.Hyperparams) { h.Yuma3 = true },
		"8-mechanisms": func(h *subnettypes.Hyperparams) { h.MechanismSplit = slices.Repeat([]uint32{1_250}, 8) },
		// The most that MaxMechanismPairs lets such a subnet have: all 256 may judge.
		"8-mechanisms-all-judge": func(h *subnettypes.Hyperparams) {
			h.MechanismSplit, h.MaxValidators = slices.Repeat([]uint32{1_250}, 8), neurons
		},
	} {
		b.Run(name, func(b *testing.B) {
			written := &meter{keys: map[string]int{}}
			m := markettest.New(b, markettest.Config{Stores: func(name string, s corestore.KVStoreService) corestore.KVStoreService {
				return meteredService{s, name, written}
			}})
			h := markettest.Hyperparams()
			direct(&h)
			h.Tempo, h.MaxNeurons, h.MaxValidators = 360, neurons, 64
			h.ActivityCutoff = 5000
			change(&h)
			m.CreateSubnet(h)
			for n := range neurons {
				m.Register(netuid, n)
				if n%64 == 63 {
					m.At(m.Ctx.BlockHeight() + 1)
				}
			}
			validators := int(h.MaxValidators)
			miners := uint32(validators) // the first of them
			if validators == neurons {
				miners = 0
			}
			for n := range validators {
				m.StakeToken(netuid, n, uint64(1_000_000+n))
			}
			runTo := func(height int64) {
				m.At(height)
				m.EndEpochs()
			}
			runTo(epochOf(m, b).DueAt)
			row := make([]types.Weight, 0, neurons)
			for n := range validators {
				row = row[:0]
				for uid := miners; uid < neurons; uid++ {
					row = append(row, types.Weight{Uid: uid, Value: 1 + (uid*7919+uint32(n)*104729)%65535})
				}
				m.At(m.Ctx.BlockHeight() + 1)
				for mechanism := range h.MechanismSplit {
					require.NoError(b, tell(m, setIn(uint32(mechanism), n, row)))
				}
			}
			runTo(epochOf(m, b).DueAt)
			due := epochOf(m, b).DueAt
			m.At(due)
			written.reset()

			b.ReportAllocs()
			for b.Loop() {
				branch, _ := m.Ctx.CacheContext()
				require.NoError(b, m.Scoring.EndEpochs(branch))
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/epoch")
			b.ReportMetric(float64(written.bytes()), "written-B")
			b.ReportMetric(float64(len(written.keys)), "written-keys")

			branch, _ := m.Ctx.CacheContext()
			require.NoError(b, m.Scoring.EndEpochs(branch))
			ended := markettest.Events[*types.EventEpochEnded](branch.EventManager().Events())
			require.Len(b, ended, 1)
			require.EqualValues(b, validators, ended[0].Validators)
			require.NotZero(b, ended[0].Alpha)
		})
	}
}
