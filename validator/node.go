package validator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/chain"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	// rowsPage is what the chain gives in one answer.
	rowsPage = 100
	// viewTries and viewPause bound the wait for a node whose queries lag behind the height that it tells.
	viewTries = 20
	viewPause = 50 * time.Millisecond
)

// node is a Network of a real chain. One view is fetched per height, however many ask.
type node struct {
	client *chain.Client
	follow *chain.Follower
	self   Self
	config Config

	mu   sync.Mutex
	view *View
}

// View implements Network.
func (n *node) View(ctx context.Context, atLeast int64) (*View, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	atLeast = max(atLeast, n.follow.Height())
	if n.view != nil && n.view.Height() >= atLeast {
		return n.view, nil
	}
	for try := 1; ; try++ {
		m, err := n.client.MechanismMetagraph(ctx, uint32(n.self.Netuid), uint32(n.self.Mechanism))
		if chain.NotFound(err) {
			// The mechanism has not begun, or is gone; the view's epoch says so.
			m, err = n.client.Metagraph(ctx, uint32(n.self.Netuid))
		}
		if err != nil {
			return nil, err
		}
		if m.Height >= atLeast {
			subnet, err := querySubnet(ctx, n.client, n.self.Netuid)
			if err != nil {
				return nil, err
			}
			n.view = &View{Metagraph: m, Subnet: n.config.judged(subnet)}
			return n.view, nil
		}
		if try == viewTries {
			return nil, fmt.Errorf("the node's queries are at height %d, its blocks at %d", m.Height, atLeast)
		}
		if err := sleep(ctx, viewPause); err != nil {
			return nil, err
		}
	}
}

// Commits implements Network.
func (n *node) Commits(ctx context.Context) ([]scoringtypes.Commit, error) {
	r, err := n.client.Scoring().Commits(ctx, &scoringtypes.QueryCommitsRequest{Netuid: uint32(n.self.Netuid), Hotkey: n.self.Hotkey.String()})
	if err != nil {
		return nil, fmt.Errorf("query commits: %w", err)
	}
	return slices.DeleteFunc(r.Commits, func(c scoringtypes.Commit) bool { return c.Mechanism != uint32(n.self.Mechanism) }), nil
}

// Rows implements Network.
func (n *node) Rows(ctx context.Context) ([]scoringtypes.Row, error) {
	var out []scoringtypes.Row
	page := &query.PageRequest{Limit: rowsPage}
	for {
		r, err := n.client.Scoring().Weights(ctx, &scoringtypes.QueryWeightsRequest{
			Netuid: uint32(n.self.Netuid), Mechanism: uint32(n.self.Mechanism), Pagination: page,
		})
		if err != nil {
			return nil, fmt.Errorf("query weights: %w", err)
		}
		out = append(out, r.Rows...)
		if r.Pagination == nil || len(r.Pagination.NextKey) == 0 {
			return out, nil
		}
		page = &query.PageRequest{Key: r.Pagination.NextKey, Limit: rowsPage}
	}
}

// Balance implements Network.
func (n *node) Balance(ctx context.Context, address string) (sdk.Coin, error) {
	return n.client.Balance(ctx, address)
}

// signerOf is the address of the key that signs for a hotkey.
func (n *node) signerOf(ctx context.Context, hotkey string) (string, error) {
	r, err := n.client.Subnet().Hotkey(ctx, &subnettypes.QueryHotkeyRequest{Hotkey: hotkey})
	if err != nil {
		return "", fmt.Errorf("ask for hotkey %s: %w", hotkey, err)
	}
	return r.Signing.Key, nil
}

// granted says whether granter pays for everything that a validator's hotkey sends.
func (n *node) granted(ctx context.Context, granter sdk.AccAddress) (bool, error) {
	if granter.Equals(n.self.Signer()) {
		return false, nil
	}
	a, err := n.client.FeeAllowance(ctx, granter, n.self.Signer())
	if errors.Is(err, chain.ErrNoFeeGrant) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return a.Allows(
		sdk.MsgTypeURL(&scoringtypes.MsgCommitWeights{}), sdk.MsgTypeURL(&scoringtypes.MsgRevealWeights{}), sdk.MsgTypeURL(&scoringtypes.MsgSetWeights{}),
	), nil
}

// neuron of the hotkey.
func (n *node) neuron(ctx context.Context) (chain.Neuron, bool, error) {
	m, err := n.client.Metagraph(ctx, uint32(n.self.Netuid))
	if err != nil {
		return chain.Neuron{}, false, err
	}
	neuron, ok := m.ByHotkey(n.self.Hotkey.String())
	return neuron, ok, nil
}

// querySubnet reads a subnet. Errors: [ErrNoSubnet].
func querySubnet(ctx context.Context, c *chain.Client, netuid uint16) (subnettypes.Subnet, error) {
	r, err := c.Subnet().Subnet(ctx, &subnettypes.QuerySubnetRequest{Netuid: uint32(netuid)})
	if status.Code(err) == codes.NotFound {
		return subnettypes.Subnet{}, fmt.Errorf("%w: netuid %d; list them with: agond query subnet subnets", ErrNoSubnet, netuid)
	}
	if err != nil {
		return subnettypes.Subnet{}, fmt.Errorf("query subnet %d: %w", netuid, err)
	}
	return r.Subnet, nil
}
