package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/metadata"

	sdk "github.com/cosmos/cosmos-sdk/types"
	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/params"
)

var (
	// errForked says that two nodes have different blocks or states at one height.
	errForked = errors.New("nodes differ")
	// errSupply says that AGON came to be, or went, without an event.
	errSupply = errors.New("supply differs")
)

// check compares all nodes at every height, counts the votes that are missing in the commits, and checks that AGON is conserved.
func (c *cluster) check(ctx context.Context, row *Row) error {
	top, err := c.agree(ctx)
	if err != nil {
		return err
	}
	row.Blocks, row.Compared = top, top
	if row.Unsigned, err = c.unsigned(ctx, top); err != nil {
		return err
	}
	return c.conserved(ctx, top)
}

// agree compares the hashes of blocks and states of all nodes at every height from 1 to the least last one, which it returns.
func (c *cluster) agree(ctx context.Context) (int64, error) {
	top := c.height(ctx, 0)
	for _, node := range all() {
		top = min(top, c.height(ctx, node))
	}
	if top < 2 {
		return 0, fmt.Errorf("%w: a node has no blocks to compare", errStalled)
	}
	const page = 20
	for from := int64(1); from <= top; from += page {
		to := min(from+page-1, top)
		var want map[int64]*cmttypes.BlockMeta
		for _, node := range all() {
			info, err := c.rpc[node].BlockchainInfo(ctx, from, to)
			if err != nil {
				return 0, fmt.Errorf("blocks %d to %d of node %d: %w", from, to, node, err)
			}
			have := map[int64]*cmttypes.BlockMeta{}
			for _, meta := range info.BlockMetas {
				have[meta.Header.Height] = meta
			}
			if len(have) != int(to-from+1) {
				return 0, fmt.Errorf("%w: node %d has %d of the blocks %d to %d", errForked, node, len(have), from, to)
			}
			if want == nil {
				want = have
				continue
			}
			if err := same(want, have); err != nil {
				return 0, fmt.Errorf("nodes 0 and %d: %w", node, err)
			}
		}
	}
	return top, nil
}

// same compares blocks of two nodes, by height, and the states that they name.
func same(one, other map[int64]*cmttypes.BlockMeta) error {
	for h, a := range one {
		b, ok := other[h]
		if !ok {
			return fmt.Errorf("%w: only one has block %d", errForked, h)
		}
		if !a.BlockID.Equals(b.BlockID) || !bytes.Equal(a.Header.AppHash, b.Header.AppHash) {
			return fmt.Errorf("%w: block %d is %s after state %s, and %s after state %s", errForked, h,
				a.BlockID.Hash, a.Header.AppHash, b.BlockID.Hash, b.Header.AppHash)
		}
	}
	return nil
}

// each calls do for each height up to top, some at once.
func each(ctx context.Context, top int64, do func(ctx context.Context, height int64) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for height := int64(1); height <= top; height++ {
		g.Go(func() error { return do(ctx, height) })
	}
	return g.Wait()
}

// unsigned counts the validators that are missing in the commits that blocks carry.
func (c *cluster) unsigned(ctx context.Context, top int64) (int, error) {
	missing := make([]int, top+1)
	err := each(ctx, top, func(ctx context.Context, height int64) error {
		block, err := c.rpc[0].Block(ctx, &height)
		if err != nil {
			return fmt.Errorf("block %d: %w", height, err)
		}
		for _, s := range block.Block.LastCommit.Signatures {
			if s.BlockIDFlag != cmttypes.BlockIDFlagCommit {
				missing[height]++
			}
		}
		return nil
	})
	sum := 0
	for _, n := range missing {
		sum += n
	}
	return sum, err
}

// conserved compares the supply of AGON at a height with the genesis and with what every block says that it minted and burned.
func (c *cluster) conserved(ctx context.Context, top int64) error {
	want, err := genesisSupply(c.Nodes()[0].Home())
	if err != nil {
		return err
	}
	changes := make([]*big.Int, top+1)
	if err := each(ctx, top, func(ctx context.Context, height int64) error {
		results, err := c.rpc[0].BlockResults(ctx, &height)
		if err != nil {
			return fmt.Errorf("events of block %d: %w", height, err)
		}
		events := results.FinalizeBlockEvents
		for _, tx := range results.TxsResults {
			events = append(events, tx.Events...) // of a failed one: what its fee did
		}
		changes[height], err = supplyChange(events)
		return err
	}); err != nil {
		return err
	}
	for _, change := range changes[1:] {
		want.Add(want, change)
	}
	ctx = metadata.AppendToOutgoingContext(ctx, grpctypes.GRPCBlockHeightHeader, strconv.FormatInt(top, 10))
	supply, err := c.Client().Bank().SupplyOf(ctx, &banktypes.QuerySupplyOfRequest{Denom: params.BaseDenom})
	if err != nil {
		return fmt.Errorf("supply: %w", err)
	}
	if have := supply.Amount.Amount.BigInt(); have.Cmp(want) != 0 {
		return fmt.Errorf("%w: %s nagon at height %d, genesis and events come to %s", errSupply, have, top, want)
	}
	return nil
}

// supplyChange is what events say was minted less what they say was burned, in nagon.
func supplyChange(events []abci.Event) (*big.Int, error) {
	sum := new(big.Int)
	for _, event := range events {
		if event.Type != banktypes.EventTypeCoinMint && event.Type != banktypes.EventTypeCoinBurn {
			continue
		}
		for _, a := range event.Attributes {
			if a.Key != sdk.AttributeKeyAmount {
				continue
			}
			coins, err := sdk.ParseCoinsNormalized(a.Value)
			if err != nil {
				return nil, fmt.Errorf("event %s: %w", event.Type, err)
			}
			amount := coins.AmountOf(params.BaseDenom).BigInt()
			if event.Type == banktypes.EventTypeCoinBurn {
				amount.Neg(amount)
			}
			sum.Add(sum, amount)
		}
	}
	return sum, nil
}

// genesisSupply is what the genesis gave to accounts, in nagon.
func genesisSupply(home string) (*big.Int, error) {
	bz, err := os.ReadFile(filepath.Join(home, "config", "genesis.json"))
	if err != nil {
		return nil, err
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
		return nil, fmt.Errorf("genesis: %w", err)
	}
	sum := new(big.Int)
	for _, b := range doc.AppState.Bank.Balances {
		sum.Add(sum, b.Coins.AmountOf(params.BaseDenom).BigInt())
	}
	return sum, nil
}
