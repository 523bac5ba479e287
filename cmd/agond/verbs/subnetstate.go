package verbs

import (
	"fmt"

	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// What a subnet does now.
const (
	stateWaiting   = "waiting"
	stateRunning   = "running"
	stateDissolved = "dissolved"
)

func stateOf(n subnettypes.Subnet) string {
	switch {
	case n.DissolvedAt > 0:
		return stateDissolved
	case n.StartedAt == 0:
		return stateWaiting
	}
	return stateRunning
}

// subnetParams are the parameters of x/subnet.
func (s *session) subnetParams() (subnettypes.Params, error) {
	r, err := s.subnets().Params(s.cmd.Context(), &subnettypes.QueryParamsRequest{})
	if err != nil {
		return subnettypes.Params{}, err
	}
	return r.Params, nil
}

// stateLines say what a subnet does now, and what comes next.
func (s *session) stateLines(n subnettypes.Subnet) (sheet, error) {
	state := stateOf(n)
	switch state {
	case stateDissolved:
		return sheet{
			{"state", state, "state", fmt.Sprintf("dissolved in block %d", n.DissolvedAt)},
			{name: "dissolved_at", value: n.DissolvedAt},
			{label: "holders are paid by", text: fmt.Sprintf("agond stake remove all --subnet %d, or for coins agond stake redeem --subnet %d", n.Netuid, n.Netuid)},
		}, nil
	case stateRunning:
		lines := sheet{
			{"state", state, "state", fmt.Sprintf("running since block %d", n.StartedAt)},
			{name: "started_at", value: n.StartedAt},
		}
		return append(lines, leaseLines(n)...), nil
	}
	p, err := s.subnetParams()
	if err != nil {
		return nil, err
	}
	lines := sheet{{"state", state, "state", "waiting for its start: nothing is paid yet"}, startLine(n.Netuid, n.CreatedAt+int64(p.StartDelay))}
	return append(lines, leaseLines(n)...), nil
}

// leaseLines say who shares in the owner's part of a subnet that several paid for.
func leaseLines(n subnettypes.Subnet) sheet {
	if n.Lease == nil {
		return nil
	}
	return sheet{
		{"lease_until", n.Lease.Until, "lease", fmt.Sprintf("%s; the owner keeps %s of the owner cut", n.Lease.Term(), percent(uint64(n.Lease.OwnerBps)))},
		{name: "lease_payee", value: n.Lease.Payee},
	}
}

// startLine says when a subnet can be started, and how.
func startLine(netuid uint32, from int64) field {
	return field{"start_from", from, "next", fmt.Sprintf("agond subnet start %d, by its owner from block %d on; nothing is paid before", netuid, from)}
}

// pot is what a dissolved subnet pays for its token.
func (s *session) pot(netuid uint32) (staketypes.QueryPotResponse, error) {
	r, err := s.stake().Pot(s.cmd.Context(), &staketypes.QueryPotRequest{Netuid: netuid})
	if err != nil {
		return staketypes.QueryPotResponse{}, err
	}
	return *r, nil
}

// paysLine says what the holders of a dissolved subnet's token get together.
func paysLine(symbol string, closed staketypes.EventPoolClosed) field {
	if closed.Outstanding == 0 {
		return field{"pot_agon", base(0), "holders get", "nothing, as nobody holds " + symbol + ": " + agon(closed.Burned) + " are burned"}
	}
	rate := ratio(closed.Agon, closed.Outstanding)
	return field{
		"pot_agon", base(closed.Agon), "holders get",
		fmt.Sprintf("%s AGON for each %s, whoever comes when: %s for %s", rate, symbol, agon(closed.Agon), plain(closed.Outstanding)),
	}
}
