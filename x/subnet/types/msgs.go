package types

import (
	errorsmod "cosmossdk.io/errors"
)

// Each ValidateBasic judges what needs no state. Messages also come by governance and by authz, which skip the checks before
// a transaction, so the message server calls it again.

// CheckNetuid accepts a netuid that a subnet could have. Errors: ErrSubnetNotFound.
func CheckNetuid(netuid uint32) error {
	if netuid < FirstNetuid || netuid > MaxNetuid {
		return errorsmod.Wrapf(ErrSubnetNotFound, "netuid is %d, want %d to %d", netuid, FirstNetuid, MaxNetuid)
	}
	return nil
}

// ValidateBasic judges the message without state.
func (m *MsgCreateSubnet) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	if err := m.Identity.Validate(); err != nil {
		return err
	}
	if err := CheckSymbol(m.Symbol); err != nil {
		return err
	}
	if err := CheckTaskKind(m.TaskKind); err != nil {
		return err
	}
	if err := CheckTaskParams(m.TaskParams); err != nil {
		return err
	}
	if m.Hyperparams != nil {
		return m.Hyperparams.Validate()
	}
	return nil
}

// ValidateBasic judges the message without state.
func (m *MsgRegister) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	if _, err := ParseHotkey("hotkey", m.Hotkey); err != nil {
		return err
	}
	return CheckNetuid(m.Netuid)
}

// ValidateBasic judges the message without state.
func (m *MsgClaimCollateral) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	if _, err := ParseHotkey("hotkey", m.Hotkey); err != nil {
		return err
	}
	return CheckNetuid(m.Netuid)
}

// ValidateBasic judges the message without state.
func (m *MsgServeAxon) ValidateBasic() error {
	if _, err := ParseHotkey("hotkey", m.Hotkey); err != nil {
		return err
	}
	if err := CheckNetuid(m.Netuid); err != nil {
		return err
	}
	return m.Axon.ValidateNew()
}

// ValidateBasic judges the message without state.
func (m *MsgCommitData) ValidateBasic() error {
	if _, err := ParseHotkey("hotkey", m.Hotkey); err != nil {
		return err
	}
	if err := CheckNetuid(m.Netuid); err != nil {
		return err
	}
	return CheckCommitment(m.Data)
}

// ValidateBasic judges the message without state.
func (m *MsgSetIdentity) ValidateBasic() error { return m.Published().Validate() }

// Published is the identity that the message publishes.
func (m *MsgSetIdentity) Published() Identity {
	return Identity{Address: m.Address, Name: m.Name, Description: m.Description, Url: m.Url, Contact: m.Contact}
}

// ValidateBasic judges the message without state.
func (m *MsgUpdateSubnetIdentity) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	if err := CheckNetuid(m.Netuid); err != nil {
		return err
	}
	return m.Identity.Validate()
}

// ValidateBasic judges the message without state.
func (m *MsgUpdateHyperparams) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	if err := CheckNetuid(m.Netuid); err != nil {
		return err
	}
	return m.Hyperparams.Validate()
}

// ValidateBasic judges the message without state.
func (m *MsgCancelHyperparams) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	return CheckNetuid(m.Netuid)
}

// ValidateBasic judges the message without state.
func (m *MsgUpdateTaskParams) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	if err := CheckNetuid(m.Netuid); err != nil {
		return err
	}
	return CheckTaskParams(m.TaskParams)
}

// ValidateBasic judges the message without state.
func (m *MsgOfferOwnership) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	if m.NewOwner == m.Owner {
		return errorsmod.Wrapf(ErrInvalidOffer, "new_owner is %s, the owner itself; name another account", m.NewOwner)
	}
	return m.Offer().Validate()
}

// Offer is the offer that the message makes.
func (m *MsgOfferOwnership) Offer() OwnershipOffer {
	return OwnershipOffer{Netuid: m.Netuid, NewOwner: m.NewOwner, ExpiresAt: m.ExpiresAt}
}

// ValidateBasic judges the message without state.
func (m *MsgAcceptOwnership) ValidateBasic() error {
	if _, err := ParseAddress("new_owner", m.NewOwner); err != nil {
		return err
	}
	return CheckNetuid(m.Netuid)
}

// ValidateBasic judges the message without state.
func (m *MsgCancelOwnershipOffer) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	return CheckNetuid(m.Netuid)
}

// ValidateBasic judges the message without state.
func (m *MsgStartSubnet) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	return CheckNetuid(m.Netuid)
}

// ValidateBasic judges the message without state.
func (m *MsgTrimNeurons) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	if m.MaxNeurons < 1 {
		return errorsmod.Wrap(ErrInvalidTrim, "max_neurons is 0, want at least 1")
	}
	return CheckNetuid(m.Netuid)
}

// ValidateBasic judges the message without state.
func (m *MsgDissolveSubnet) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	return CheckNetuid(m.Netuid)
}

// ValidateBasic judges the message without state.
func (m *MsgUpdateParams) ValidateBasic() error {
	if _, err := ParseAddress("authority", m.Authority); err != nil {
		return err
	}
	return m.Params.Validate()
}
