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
		&MsgAccuse{},
		&MsgCommitVote{},
		&MsgRevealVote{},
		&MsgUpdateParams{},
	)
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}
