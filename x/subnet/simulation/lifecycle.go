package simulation

import (
	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/subnet/types"
)

func (m maker) startSubnet(w *chance.World) *types.MsgStartSubnet {
	s, ok := m.Subnet(w)
	for range 8 { // one that has not begun, if there is any
		if !ok || s.StartedAt == 0 {
			break
		}
		s, ok = m.Subnet(w)
	}
	if !ok {
		return nil
	}
	return &types.MsgStartSubnet{Owner: m.SubnetOwner(w, s), Netuid: s.Netuid}
}

func (m maker) trimNeurons(w *chance.World) *types.MsgTrimNeurons {
	s, ok := m.Subnet(w)
	if !ok {
		return nil
	}
	return &types.MsgTrimNeurons{Owner: m.SubnetOwner(w, s), Netuid: s.Netuid, MaxNeurons: uint32(w.Below(uint64(s.NeuronCount) + 1))}
}

func (m maker) dissolveSubnet(w *chance.World) *types.MsgDissolveSubnet {
	s, ok := m.Subnet(w)
	if !ok {
		return nil
	}
	return &types.MsgDissolveSubnet{Owner: m.SubnetOwner(w, s), Netuid: s.Netuid}
}
