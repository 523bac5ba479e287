package localnet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// submitWithin bounds how long a transaction of the set-up may take.
const submitWithin = time.Minute

// openSubnet creates a subnet under the owner's key and starts it.
func (n *Network) openSubnet(ctx context.Context, netuid uint32, s Subnet) error {
	owner, err := n.keys.Address(SubnetOwnerKey)
	if err != nil {
		return err
	}
	h := s.Hyperparams
	result, err := n.Submit(ctx, n.keys, SubnetOwnerKey, &subnettypes.MsgCreateSubnet{
		Owner:    owner.String(),
		Identity: subnettypes.SubnetIdentity{Name: s.Name},
		Symbol:   s.Symbol, TaskKind: s.TaskKind, TaskParams: s.TaskParams,
		Hyperparams: &h,
	})
	if err != nil {
		return fmt.Errorf("create subnet %q: %w", s.Name, err)
	}
	var created subnettypes.MsgCreateSubnetResponse
	if err := chain.Response(result, 0, &created); err != nil {
		return err
	}
	if created.Netuid != netuid {
		return fmt.Errorf("create subnet %q: it is number %d, expected %d", s.Name, created.Netuid, netuid)
	}
	if _, err := n.Submit(ctx, n.keys, SubnetOwnerKey, &subnettypes.MsgStartSubnet{Owner: owner.String(), Netuid: netuid}); err != nil {
		return fmt.Errorf("start subnet %q: %w", s.Name, err)
	}
	return nil
}

// stake puts an owner's AGON behind its validator.
func (n *Network) stake(ctx context.Context, p *Participant, nagon uint64) error {
	if nagon == 0 {
		return nil
	}
	_, err := n.Submit(ctx, p.keys, chain.KeyOwner, &staketypes.MsgAddStake{
		Owner: p.Owner, Hotkey: p.Hotkey, Netuid: p.Netuid,
		Amount: sdk.NewCoin(params.BaseDenom, math.NewIntFromUint64(nagon)),
	})
	if err != nil {
		return fmt.Errorf("stake behind %s: %w", p.Name, err)
	}
	return nil
}

// Submit sends one transaction under a key and waits until it is in a block.
func (n *Network) Submit(ctx context.Context, keys *chain.Keyring, key string, msgs ...sdk.Msg) (chain.TxResult, error) {
	ctx, cancel := context.WithTimeout(ctx, submitWithin)
	defer cancel()
	queue, err := chain.NewTxQueue(n.client, keys, key, chain.TxOptions{})
	if err != nil {
		return chain.TxResult{}, err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- queue.Run(running) }() // ends with stop, awaited below
	result, err := queue.Submit(ctx, msgs...)
	stop()
	if ran := <-ended; ran != nil && !errors.Is(ran, context.Canceled) {
		return result, errors.Join(err, ran)
	}
	return result, err
}
