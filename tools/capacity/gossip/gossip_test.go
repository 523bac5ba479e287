package gossip

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func few() Network {
	return Network{
		Nodes: 30, Peers: 5, Upload: 100e6 / 8, Sleep: 100 * time.Millisecond, Check: 10 * time.Millisecond,
		Block: 256 << 10, Part: 64 << 10, Vote: 200,
	}
}

func TestSameSeedSameBlock(t *testing.T) {
	n := few()
	require.Equal(t, Simulate(n, 1), Simulate(n, 1))
	require.NotEqual(t, Simulate(n, 1), Simulate(n, 2))
}

// Nobody has a block before its proposer could send it, or a commit before two rounds of votes could cross.
func TestNothingIsFasterThanItsParts(t *testing.T) {
	n := few()
	r := Simulate(n, 1)
	least := time.Duration(float64(n.Block) / n.Upload * float64(time.Second))
	require.Greater(t, r.BlockLast, least)
	require.GreaterOrEqual(t, r.BlockLast, r.Block)
	require.Greater(t, r.Commit, r.Block+2*n.Check)
	require.GreaterOrEqual(t, r.CommitLast, r.Commit)
	// All but the proposer got each part once at least.
	require.GreaterOrEqual(t, r.Sent, float64(n.Block*(n.Nodes-1))/float64(n.Nodes))
}

func TestBandwidthAndSizeCount(t *testing.T) {
	n := few()
	base := Simulate(n, 1)
	n.Upload /= 10
	require.Greater(t, Simulate(n, 1).BlockLast, 2*base.BlockLast)
	n = few()
	n.Block *= 4
	require.Greater(t, Simulate(n, 1).BlockLast, base.BlockLast)
}

func TestDistances(t *testing.T) {
	require.InDelta(t, 0.002, delay(cities[0], cities[0]), 1e-9)
	// Frankfurt and Sydney are 16,500 km apart.
	require.InDelta(t, 1.5*16_500/200_000+0.002, delay(cities[0], cities[9]), 0.003)
}
