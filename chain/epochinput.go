package chain

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/grpc/metadata"

	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
	"github.com/cosmos/cosmos-sdk/types/query"

	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
)

// EpochInput is all that one mechanism of a subnet's next epoch reckons on, as of the state of one height.
type EpochInput struct {
	Netuid    uint32
	Mechanism uint32
	// Index of the epoch.
	Index uint64
	// Height of the state, and Block with which the epoch ends.
	Height, Block int64
	// Emission that the epoch shares among neurons in this mechanism, in alpha base units.
	Emission uint64
	// MinerBurnBps is the part of each uid's incentive that is not minted, in basis points.
	MinerBurnBps uint32
	Params       yuma.Params
	Input        *yuma.Input
}

// Final says whether the epoch takes this input. Before the block with which it ends, the input is what it would be if nothing
// changed.
func (e *EpochInput) Final() bool { return e.Height == e.Block }

// rowsPerPage is what one answer carries of the rows of weights or bonds.
const rowsPerPage = 64

// FetchEpochInput asks a node for the input of a mechanism of a subnet's next epoch as of a height, 0 for the newest. A node that has dropped
// the state of that height says so in the error. ErrMalformed: the answers contradict each other.
func FetchEpochInput(ctx context.Context, client scoringtypes.QueryClient, netuid, mechanism uint32, height int64) (*EpochInput, error) {
	if height > 0 {
		ctx = atHeight(ctx, height)
	}
	r, err := client.EpochInput(ctx, &scoringtypes.QueryEpochInputRequest{Netuid: netuid, Mechanism: mechanism})
	if err != nil {
		return nil, fmt.Errorf("ask for the input of subnet %d's next epoch: %w", netuid, err)
	}
	if height == 0 {
		// All pages of one state.
		ctx = atHeight(ctx, r.Height)
	}
	out, err := decodeEpochInput(r)
	if err != nil {
		return nil, err
	}
	out.Input.Weights, err = fetchRows(out.Input.N, func(page *query.PageRequest) ([]scoringtypes.Row, *query.PageResponse, error) {
		r, err := client.Weights(ctx, &scoringtypes.QueryWeightsRequest{Netuid: netuid, Mechanism: mechanism, Pagination: page})
		if err != nil {
			return nil, nil, fmt.Errorf("ask for the weights of subnet %d at height %d: %w", netuid, out.Height, err)
		}
		return r.Rows, r.Pagination, nil
	})
	if err != nil {
		return nil, err
	}
	out.Input.Bonds, err = fetchRows(out.Input.N, func(page *query.PageRequest) ([]scoringtypes.Row, *query.PageResponse, error) {
		r, err := client.Bonds(ctx, &scoringtypes.QueryBondsRequest{Netuid: netuid, Mechanism: mechanism, Pagination: page})
		if err != nil {
			return nil, nil, fmt.Errorf("ask for the bonds of subnet %d at height %d: %w", netuid, out.Height, err)
		}
		return r.Rows, r.Pagination, nil
	})
	if err != nil {
		return nil, err
	}
	scoringtypes.DropOutdated(out.Input, out.Params.CommitReveal)
	return out, nil
}

// atHeight asks for the state of a height.
func atHeight(ctx context.Context, height int64) context.Context {
	return metadata.AppendToOutgoingContext(ctx, grpctypes.GRPCBlockHeightHeader, strconv.FormatInt(height, 10))
}

func decodeEpochInput(r *scoringtypes.QueryEpochInputResponse) (*EpochInput, error) {
	malformed := func(name string, value any) error {
		return fmt.Errorf("%w: %s of subnet %d is %v", ErrMalformed, name, r.Netuid, value)
	}
	p := r.Params
	for _, f := range []struct {
		name  string
		value uint32
	}{
		{"kappa", p.Kappa},
		{"bonds_penalty", p.BondsPenalty},
		{"alpha_low", p.AlphaLow},
		{"alpha_high", p.AlphaHigh},
		{"max_validators", p.MaxValidators},
	} {
		if f.value > math.MaxUint16 {
			return nil, malformed(f.name, f.value)
		}
	}
	if s := p.AlphaSigmoidSteepness; s < math.MinInt16 || s > math.MaxInt16 {
		return nil, malformed("alpha_sigmoid_steepness", s)
	}
	if r.MinerBurnBps > yuma.MaxBps {
		return nil, malformed("miner_burn_bps", r.MinerBurnBps)
	}
	if r.Block < 0 || len(r.Stake) > yuma.MaxNeurons {
		return nil, malformed("block or size", fmt.Sprint(r.Block, " or ", len(r.Stake)))
	}
	out := &EpochInput{
		Netuid: r.Netuid, Mechanism: r.Mechanism, Index: r.Index, Height: r.Height, Block: r.Block, Emission: r.Emission, MinerBurnBps: r.MinerBurnBps,
		Params: yuma.Params{
			Kappa: uint16(p.Kappa), BondsPenalty: uint16(p.BondsPenalty), AlphaLow: uint16(p.AlphaLow), AlphaHigh: uint16(p.AlphaHigh),
			BondsMovingAverage: p.BondsMovingAverage, AlphaSigmoidSteepness: int16(p.AlphaSigmoidSteepness),
			Yuma3: p.Yuma3, LiquidAlpha: p.LiquidAlpha, CommitReveal: p.CommitReveal, BondsDecayOmitted: p.BondsDecayOmitted,
			ActivityCutoff: p.ActivityCutoff, Tempo: p.Tempo, MaxValidators: uint16(p.MaxValidators),
			StakeThreshold: p.StakeThreshold, LastStepBlock: p.LastStepBlock,
		},
		Input: &yuma.Input{
			Block: uint64(r.Block), N: len(r.Stake), Stake: r.Stake, LastUpdate: r.LastUpdate, RegisteredAt: r.RegisteredAt,
			Permits: r.Permits, OwnerUID: yuma.NoOwner,
		},
	}
	for _, column := range []int{len(r.LastUpdate), len(r.RegisteredAt), len(r.Permits)} {
		if column != len(r.Stake) {
			return nil, malformed("length of a column", column)
		}
	}
	for _, c := range r.Commits {
		if int64(c.Uid) >= int64(len(r.Stake)) {
			return nil, malformed("uid of a commit", c.Uid)
		}
		out.Input.Commits = append(out.Input.Commits, yuma.Commit{UID: uint16(c.Uid), Block: c.Height})
	}
	return out, nil
}

// fetchRows asks for page after page and gives each of n uids its row.
func fetchRows(n int, ask func(*query.PageRequest) ([]scoringtypes.Row, *query.PageResponse, error)) ([][]yuma.Entry, error) {
	out := make([][]yuma.Entry, n)
	page := &query.PageRequest{Limit: rowsPerPage}
	for range n/rowsPerPage + 2 {
		rows, next, err := ask(page)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if int64(row.Uid) >= int64(n) {
				return nil, fmt.Errorf("%w: a row of uid %d, there are %d", ErrMalformed, row.Uid, n)
			}
			entries := make([]yuma.Entry, len(row.Entries))
			for k, e := range row.Entries {
				if e.Uid > math.MaxUint16 || e.Value > math.MaxUint16 {
					return nil, fmt.Errorf("%w: row %d has uid %d with value %d", ErrMalformed, row.Uid, e.Uid, e.Value)
				}
				entries[k] = yuma.Entry{UID: uint16(e.Uid), Value: uint16(e.Value)}
			}
			out[row.Uid] = entries
		}
		if next == nil || len(next.NextKey) == 0 {
			return out, nil
		}
		page = &query.PageRequest{Key: next.NextKey, Limit: rowsPerPage}
	}
	return nil, fmt.Errorf("%w: more pages of rows than %d uids fill", ErrMalformed, n)
}
