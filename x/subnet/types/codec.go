package types

import (
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces makes the module's messages known to the codec.
func RegisterInterfaces(r codectypes.InterfaceRegistry) {
	r.RegisterImplementations(
		(*sdk.Msg)(nil),
		&MsgCreateSubnet{},
		&MsgRegister{},
		&MsgServeAxon{},
		&MsgCommitData{},
		&MsgSetIdentity{},
		&MsgUpdateSubnetIdentity{},
		&MsgUpdateHyperparams{},
		&MsgCancelHyperparams{},
		&MsgUpdateTaskParams{},
		&MsgOfferOwnership{},
		&MsgAcceptOwnership{},
		&MsgCancelOwnershipOffer{},
		&MsgStartSubnet{},
		&MsgTrimNeurons{},
		&MsgDissolveSubnet{},
		&MsgSwapHotkey{},
		&MsgAnnounceOwnerSwap{},
		&MsgCancelOwnerSwap{},
		&MsgSwapOwner{},
		&MsgUpdateParams{},
	)
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}
