package miner

import (
	"context"
	"fmt"

	"github.com/agon-chain/agon/chain"
	modeltypes "github.com/agon-chain/agon/x/model/types"
)

// Models is what a miner asks of the chain about what it serves. Its methods may be called from many goroutines at once. Errors beyond those
// named mean that the chain could not be asked.
type Models interface {
	// Version that is registered. Errors: ErrNoVersion.
	Version(ctx context.Context, model string, number uint32) (modeltypes.Version, error)
	// Bindings of a neuron, with what is asked of each.
	Bindings(ctx context.Context, netuid, uid uint32) ([]modeltypes.BindingInfo, error)
}

// ModelsOnChain answers from a node.
func ModelsOnChain(c *chain.Client) Models { return modelsOnChain{c} }

type modelsOnChain struct{ c *chain.Client }

func (o modelsOnChain) Version(ctx context.Context, model string, number uint32) (modeltypes.Version, error) {
	r, err := o.c.Model().Version(ctx, &modeltypes.QueryVersionRequest{Model: model, Version: number})
	if chain.NotFound(err) {
		return modeltypes.Version{}, fmt.Errorf("%w: %s; its owner publishes it with agond model publish", ErrNoVersion, modeltypes.Label(model, number))
	}
	if err != nil {
		return modeltypes.Version{}, fmt.Errorf("ask for version %s: %w", modeltypes.Label(model, number), err)
	}
	return r.Info.Version, nil
}

func (o modelsOnChain) Bindings(ctx context.Context, netuid, uid uint32) ([]modeltypes.BindingInfo, error) {
	r, err := o.c.Model().BindingsOfNeuron(ctx, &modeltypes.QueryBindingsOfNeuronRequest{Netuid: netuid, Uid: uid})
	if chain.NotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the bindings of uid %d in subnet %d: %w", uid, netuid, err)
	}
	return r.Bindings, nil
}
