package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/agon-chain/agon/localnet"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	modeltypes "github.com/agon-chain/agon/x/model/types"
)

// duties are what the daemons of a subnet did by themselves: whom validators accused and what came of it, and what miners are bound to.
func (a accountant) duties(ctx context.Context, netuid uint32) ([]CaseResult, []BindingResult, error) {
	names := map[string]string{}
	for _, m := range localnet.Of(netuid, a.network.Miners()) {
		names[m.Hotkey] = m.Name
	}
	cases := []CaseResult{}
	r, err := a.network.Client().Dispute().Cases(a.at(ctx), &disputetypes.QueryCasesRequest{Netuid: netuid})
	if err != nil {
		return nil, nil, fmt.Errorf("cases: %w", err)
	}
	for _, c := range r.Cases {
		one := CaseResult{Case: c.Id, Miner: names[c.Miner], Reason: c.Reason, Status: strings.ToLower(strings.TrimPrefix(c.Status.String(), "CASE_STATUS_"))}
		if o := c.Outcome; o != nil {
			one.Slashed = o.Burned + o.Pooled
		}
		cases = append(cases, one)
	}
	bindings := []BindingResult{}
	b, err := a.network.Client().Model().Bindings(a.at(ctx), &modeltypes.QueryBindingsRequest{Netuid: netuid})
	if err != nil {
		return nil, nil, fmt.Errorf("bindings: %w", err)
	}
	for _, info := range b.Bindings {
		bindings = append(bindings, BindingResult{names[info.Binding.Hotkey], modeltypes.Label(info.Version.Model, info.Version.Version), info.Binding.ProvenAt})
	}
	return cases, bindings, nil
}
