package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/model/content"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Each ValidateBasic judges what needs no state. Messages also come by governance and by authz, which skip the checks before
// a transaction, so the keeper calls it again. Addresses are refused as x/subnet does, with its ErrInvalidAddress.

// ValidateBasic judges the message without state.
func (m *MsgCreateModel) ValidateBasic() error {
	if err := CheckName("name", m.Name); err != nil {
		return err
	}
	if err := checkAbout(m.About); err != nil {
		return err
	}
	return checkAccount("owner", m.Owner)
}

// ValidateBasic judges the message without state.
func (m *MsgDescribeModel) ValidateBasic() error {
	if err := CheckName("model", m.Model); err != nil {
		return err
	}
	if err := checkAbout(m.About); err != nil {
		return err
	}
	return checkAccount("owner", m.Owner)
}

// ValidateBasic judges the message without state.
func (m *MsgOfferModel) ValidateBasic() error {
	if err := CheckName("model", m.Model); err != nil {
		return err
	}
	if err := checkAccount("owner", m.Owner); err != nil {
		return err
	}
	if m.NewOwner == m.Owner {
		return errorsmod.Wrapf(ErrInvalidOffer, "new_owner is %s, the owner itself; name another account", m.NewOwner)
	}
	return checkAccount("new_owner", m.NewOwner)
}

// ValidateBasic judges the message without state.
func (m *MsgAcceptModel) ValidateBasic() error {
	if err := CheckName("model", m.Model); err != nil {
		return err
	}
	return checkAccount("new_owner", m.NewOwner)
}

// ValidateBasic judges the message without state.
func (m *MsgCancelModelOffer) ValidateBasic() error {
	if err := CheckName("model", m.Model); err != nil {
		return err
	}
	return checkAccount("owner", m.Owner)
}

// ValidateBasic judges the message without state.
func (m *MsgReserveRoot) ValidateBasic() error {
	if err := checkHash("hash", m.Hash); err != nil {
		return err
	}
	return checkAccount("owner", m.Owner)
}

// ValidateBasic judges the message without state.
func (m *MsgPublishVersion) ValidateBasic() error {
	_, err := m.Check()
	return err
}

// Check is ValidateBasic, and gives the files that it has read.
func (m *MsgPublishVersion) Check() ([]content.File, error) {
	if err := CheckName("model", m.Model); err != nil {
		return nil, err
	}
	if err := checkAccount("owner", m.Owner); err != nil {
		return nil, err
	}
	if len(m.Salt) != 0 && (len(m.Salt) < content.MinSalt || len(m.Salt) > content.MaxSalt) {
		return nil, errorsmod.Wrapf(ErrInvalidHash, "salt has %d bytes, want %d to %d, or none without a reservation", len(m.Salt), content.MinSalt, content.MaxSalt)
	}
	if err := m.Description.Validate(); err != nil {
		return nil, err
	}
	if err := checkParents(m.Parents); err != nil {
		return nil, err
	}
	return checkContent(m.Files, m.Root)
}

// ValidateBasic judges the message without state.
func (m *MsgDeprecateVersion) ValidateBasic() error {
	if err := CheckVersion("model", m.Model, m.Version); err != nil {
		return err
	}
	if m.SuccessorModel == m.Model && m.SuccessorVersion == m.Version {
		return errorsmod.Wrapf(ErrInvalidSuccessor, "%s is the version itself; name another, or none", Label(m.Model, m.Version))
	}
	if err := m.Deprecation(0).check(); err != nil {
		return err
	}
	return checkAccount("owner", m.Owner)
}

// Deprecation is what the message makes at a height.
func (m *MsgDeprecateVersion) Deprecation(height int64) Deprecation {
	return Deprecation{Reason: m.Reason, SuccessorModel: m.SuccessorModel, SuccessorVersion: m.SuccessorVersion, Height: height}
}

// ValidateBasic judges the message without state.
func (m *MsgBindVersion) ValidateBasic() error {
	return checkBound(m.Hotkey, m.Netuid, m.Model, m.Version)
}

// ValidateBasic judges the message without state.
func (m *MsgUnbindVersion) ValidateBasic() error {
	return checkBound(m.Hotkey, m.Netuid, m.Model, m.Version)
}

// ValidateBasic judges the message without state.
func (m *MsgAnswerChallenge) ValidateBasic() error {
	if err := checkBound(m.Hotkey, m.Netuid, m.Model, m.Version); err != nil {
		return err
	}
	_, err := m.Proof()
	return err
}

// Proof that the message shows. Errors: ErrInvalidAnswer.
func (m *MsgAnswerChallenge) Proof() (*content.Proof, error) {
	if len(m.Chunk) == 0 || len(m.Chunk) > content.ChunkSize {
		return nil, errorsmod.Wrapf(ErrInvalidAnswer, "chunk has %d bytes, want 1 to %d", len(m.Chunk), content.ChunkSize)
	}
	p := &content.Proof{Chunk: m.Chunk}
	for _, path := range []struct {
		field string
		from  [][]byte
		to    *[]content.Hash
	}{{"chunk_path", m.ChunkPath, &p.ChunkPath}, {"leaf_path", m.LeafPath, &p.LeafPath}} {
		if len(path.from) > wire.MaxMerkleDepth {
			return nil, errorsmod.Wrapf(ErrInvalidAnswer, "%s has %d hashes, want at most %d", path.field, len(path.from), wire.MaxMerkleDepth)
		}
		for i, h := range path.from {
			if len(h) != len(content.Hash{}) {
				return nil, errorsmod.Wrapf(ErrInvalidAnswer, "%s has a hash of %d bytes at %d, want %d", path.field, len(h), i, len(content.Hash{}))
			}
			*path.to = append(*path.to, content.Hash(h))
		}
	}
	return p, nil
}

// ValidateBasic judges the message without state.
func (m *MsgUpdateParams) ValidateBasic() error {
	if err := checkAccount("authority", m.Authority); err != nil {
		return err
	}
	return m.Params.Validate()
}

// checkBound judges what messages about bindings have in common.
func checkBound(hotkey string, netuid uint32, model string, version uint32) error {
	if err := subnettypes.CheckNetuid(netuid); err != nil {
		return err
	}
	if err := CheckVersion("model", model, version); err != nil {
		return err
	}
	_, err := subnettypes.ParseHotkey("hotkey", hotkey)
	return err
}

func checkHash(field string, hash []byte) error {
	if len(hash) != len(content.Hash{}) {
		return errorsmod.Wrapf(ErrInvalidHash, "%s has %d bytes, want %d", field, len(hash), len(content.Hash{}))
	}
	return nil
}

func checkAccount(field, bech32 string) error {
	_, err := subnettypes.ParseAddress(field, bech32)
	return err
}
