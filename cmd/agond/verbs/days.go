package verbs

import (
	"errors"
	"math/big"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agon-chain/agon/chain"
)

// paceBlocks is over how many blocks, at most, the pace of the chain is measured.
const paceBlocks = 5000

// pace is the newest height, and how many blocks the chain makes in a day.
type pace struct {
	height int64
	perDay uint64
}

// pace measures the chain over its newest blocks that the node keeps.
func (s *session) pace() (pace, error) {
	node, err := s.node()
	if err != nil {
		return pace{}, err
	}
	status, err := node.Status(s.cmd.Context())
	if err != nil {
		return pace{}, err
	}
	now := status.SyncInfo
	from := max(now.LatestBlockHeight-paceBlocks, now.EarliestBlockHeight, 1)
	info, err := node.BlockchainInfo(s.cmd.Context(), from, from)
	if err != nil {
		return pace{}, err
	}
	if len(info.BlockMetas) == 0 {
		return pace{}, errors.New("the node gives no header of a block that it says it has")
	}
	return pace{now.LatestBlockHeight, perDay(now.LatestBlockHeight-from, now.LatestBlockTime.Sub(info.BlockMetas[0].Header.Time))}, nil
}

// perDay is how many blocks a day has, rounded down; at least one.
func perDay(blocks int64, took time.Duration) uint64 {
	if blocks <= 0 || took <= 0 {
		return 1
	}
	v := new(big.Int).Mul(big.NewInt(blocks), big.NewInt(int64(24*time.Hour)))
	return max(v.Div(v, big.NewInt(int64(took))).Uint64(), 1)
}

// gainPerDay is a gain divided by the days since a height, cut towards zero. What is held for less than a day has held for one: a minute's
// price says nothing of a day.
func (p pace) gainPerDay(gain, since int64) int64 {
	held := max(uint64(max(p.height-since, 0)), p.perDay)
	v := new(big.Int).Mul(big.NewInt(gain), new(big.Int).SetUint64(p.perDay))
	return v.Quo(v, new(big.Int).SetUint64(held)).Int64()
}

// yieldPerDay is how much a token behind a neuron grew in the last epoch, if all of a day's epochs were like it: hundredths of a basis
// point, cut. An epoch pays a neuron for judging and for serving; backers get the first part, less the take.
func (p pace) yieldPerDay(n chain.Neuron, takeBps uint32, tempo uint64) uint64 {
	if n.Stake == 0 || tempo == 0 || n.Dividends == 0 || takeBps >= bps {
		return 0
	}
	v := new(big.Int).SetUint64(n.Emission)
	// Miners and validators share an epoch half and half, so that the two fractions weigh the same.
	v.Mul(v, big.NewInt(int64(n.Dividends))).Div(v, big.NewInt(int64(n.Dividends)+int64(n.Incentive)))
	v.Mul(v, big.NewInt(bps-int64(takeBps))).Mul(v, new(big.Int).SetUint64(p.perDay)).Mul(v, big.NewInt(100))
	v.Div(v, new(big.Int).SetUint64(n.Stake)).Div(v, new(big.Int).SetUint64(tempo))
	if !v.IsUint64() {
		return 0
	}
	return v.Uint64()
}

// metagraphs are those of several subnets, by netuid.
func (s *session) metagraphs(netuids []uint32) (map[uint32]*chain.Metagraph, error) {
	found := make([]*chain.Metagraph, len(netuids))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, netuid := range netuids {
		group.Go(func() (err error) {
			found[i], err = s.metagraph(netuid)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := map[uint32]*chain.Metagraph{}
	for i, netuid := range netuids {
		out[netuid] = found[i]
	}
	return out, nil
}
