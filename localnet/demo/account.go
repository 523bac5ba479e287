package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	abci "github.com/cometbft/cometbft/abci/types"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/metadata"

	sdk "github.com/cosmos/cosmos-sdk/types"
	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/localnet"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// pageSize is what one page of a list is asked for.
const pageSize = 100

// accountant reads the chain's books at one height, so that what it adds up belongs together.
type accountant struct {
	network *localnet.Network
	height  int64
}

// at is a context whose queries answer from the accountant's height.
func (a accountant) at(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, grpctypes.GRPCBlockHeightHeader, strconv.FormatInt(a.height, 10))
}

// staked is all token that a participant's owner has staked, with what accrued.
func (a accountant) staked(ctx context.Context, owner string) (uint64, error) {
	var sum uint64
	var next []byte
	for {
		page, err := a.network.Client().Stake().Positions(a.at(ctx), &staketypes.QueryPositionsRequest{
			Owner: owner, Pagination: &query.PageRequest{Key: next, Limit: pageSize},
		})
		if err != nil {
			return 0, fmt.Errorf("positions of %s: %w", owner, err)
		}
		for _, p := range page.Positions {
			sum += p.Alpha
		}
		if next = page.Pagination.GetNextKey(); len(next) == 0 {
			return sum, nil
		}
	}
}

// agon compares all AGON that ever came to be, at genesis and by emission, with what accounts hold and what was burned.
func (a accountant) agon(ctx context.Context) (Supply, error) {
	genesis, err := genesisSupply(a.network.Nodes()[0].Home())
	if err != nil {
		return Supply{}, err
	}
	overview, err := a.network.Client().Emission().Overview(a.at(ctx), &emissiontypes.QueryOverviewRequest{})
	if err != nil {
		return Supply{}, fmt.Errorf("emission: %w", err)
	}
	held, err := a.held(ctx, params.BaseDenom)
	if err != nil {
		return Supply{}, err
	}
	burned, err := a.burned(ctx)
	if err != nil {
		return Supply{}, err
	}
	return Supply{Minted: genesis + overview.Ledger.Minted, Accounted: held + burned}, nil
}

// token compares all of the subnet's token with the pool's reserve, what is staked and what accounts hold. Positions are
// added up one by one: what share prices round away lies in stake that nobody's position reaches, and is bounded by one
// base unit for each position.
func (a accountant) token(ctx context.Context, netuid uint32, owners []string) (Supply, error) {
	pool, err := a.network.Client().Stake().Pool(a.at(ctx), &staketypes.QueryPoolRequest{Netuid: netuid})
	if err != nil {
		return Supply{}, fmt.Errorf("pool: %w", err)
	}
	held, err := a.held(ctx, staketypes.AlphaDenom(netuid))
	if err != nil {
		return Supply{}, err
	}
	var positions uint64
	for _, owner := range owners {
		staked, err := a.staked(ctx, owner)
		if err != nil {
			return Supply{}, err
		}
		positions += staked
	}
	staked := pool.Info.AlphaStaked
	if positions > staked || staked-positions > uint64(2*len(owners)) {
		return Supply{}, fmt.Errorf("%d base units are staked, positions add up to %d", staked, positions)
	}
	return Supply{Minted: pool.Info.AlphaSupply, Accounted: held}, nil
}

// held adds up what all accounts hold of a denom.
func (a accountant) held(ctx context.Context, denom string) (uint64, error) {
	var sum uint64
	var next []byte
	for {
		page, err := a.network.Client().Bank().DenomOwners(a.at(ctx), &banktypes.QueryDenomOwnersRequest{
			Denom: denom, Pagination: &query.PageRequest{Key: next, Limit: pageSize},
		})
		if err != nil {
			return 0, fmt.Errorf("owners of %s: %w", denom, err)
		}
		for _, owner := range page.DenomOwners {
			sum += owner.Balance.Amount.Uint64()
		}
		if next = page.Pagination.GetNextKey(); len(next) == 0 {
			return sum, nil
		}
	}
}

// burned adds up what was burned of AGON, from the events of all blocks: a node keeps them, whatever it indexes.
func (a accountant) burned(ctx context.Context) (uint64, error) {
	client, err := rpchttp.New(a.network.Nodes()[0].RPC(), "/websocket")
	if err != nil {
		return 0, err
	}
	sums := make([]uint64, a.height)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range sums {
		group.Go(func() error {
			height := int64(i) + 1
			block, err := client.BlockResults(ctx, &height)
			if err != nil {
				return fmt.Errorf("events of block %d: %w", height, err)
			}
			events := block.FinalizeBlockEvents
			for _, tx := range block.TxsResults {
				if tx.IsOK() {
					events = append(events, tx.Events...)
				}
			}
			for _, event := range events {
				sums[i] += burnedBy(chain.TxResult{Events: []abci.Event{event}})
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	var sum uint64
	for _, s := range sums {
		sum += s
	}
	return sum, nil
}

// burnedBy is how much AGON an event says was burned: the part of a price that is no collateral, collateral that had not vested or was slashed, and the fees of
// models.
func burnedBy(event chain.TxResult) uint64 {
	var registered subnettypes.EventNeuronRegistered
	if event.TypedEvent(&registered) {
		return registered.Price - registered.Collateral
	}
	var ended subnettypes.EventCollateralEnded
	if event.TypedEvent(&ended) {
		return ended.Burned
	}
	var slashed subnettypes.EventCollateralSlashed
	if event.TypedEvent(&slashed) {
		return slashed.Burned
	}
	var named modeltypes.EventModelCreated
	if event.TypedEvent(&named) {
		return named.Burned
	}
	var published modeltypes.EventVersionPublished
	if event.TypedEvent(&published) {
		return published.Burned
	}
	return 0
}

// genesisSupply is what the genesis gave to accounts, in nagon.
func genesisSupply(home string) (uint64, error) {
	bz, err := os.ReadFile(filepath.Join(home, "config", "genesis.json"))
	if err != nil {
		return 0, err
	}
	var doc struct {
		AppState struct {
			Bank struct {
				Balances []struct {
					Coins sdk.Coins `json:"coins"`
				} `json:"balances"`
			} `json:"bank"`
		} `json:"app_state"`
	}
	if err := json.Unmarshal(bz, &doc); err != nil {
		return 0, fmt.Errorf("genesis: %w", err)
	}
	var sum uint64
	for _, b := range doc.AppState.Bank.Balances {
		sum += b.Coins.AmountOf(params.BaseDenom).Uint64()
	}
	return sum, nil
}
