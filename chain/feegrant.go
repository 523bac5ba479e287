package chain

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// HotkeyMessages are the type URLs of what a hotkey signs, and thus of what its owner pays the fees of.
func HotkeyMessages() []string {
	return []string{
		sdk.MsgTypeURL(&subnettypes.MsgServeAxon{}),
		sdk.MsgTypeURL(&subnettypes.MsgCommitData{}),
		sdk.MsgTypeURL(&scoringtypes.MsgCommitWeights{}),
		sdk.MsgTypeURL(&scoringtypes.MsgRevealWeights{}),
		sdk.MsgTypeURL(&scoringtypes.MsgSetWeights{}),
		sdk.MsgTypeURL(&modeltypes.MsgBindVersion{}),
		sdk.MsgTypeURL(&modeltypes.MsgUnbindVersion{}),
		sdk.MsgTypeURL(&modeltypes.MsgAnswerChallenge{}),
		sdk.MsgTypeURL(&paymenttypes.MsgSetPrice{}),
		sdk.MsgTypeURL(&paymenttypes.MsgClaim{}),
		sdk.MsgTypeURL(&paymenttypes.MsgCloseChannel{}),
		sdk.MsgTypeURL(&disputetypes.MsgAccuse{}),
		sdk.MsgTypeURL(&disputetypes.MsgCommitVote{}),
		sdk.MsgTypeURL(&disputetypes.MsgRevealVote{}),
	}
}

// GrantFees is the message by which granter, usually an owner, pays the fees of grantee's HotkeyMessages up to limit, in
// all, until expires (nil: for ever). A thief of the hotkey can burn the limit and nothing else of the owner's.
//
// The chain refuses a second grant between the same two: put RevokeFees before it, in the same transaction. A grant also
// creates the grantee's account on the chain, without which it cannot sign.
func GrantFees(granter, grantee sdk.AccAddress, limit sdk.Coins, expires *time.Time) (sdk.Msg, error) {
	if !limit.IsValid() || limit.Empty() {
		return nil, fmt.Errorf("%w: limit %q of a fee grant must be a positive amount of coins", ErrConfig, limit)
	}
	if granter.Equals(grantee) {
		return nil, fmt.Errorf("%w: %s cannot grant fees to itself", ErrConfig, granter)
	}
	allowance, err := feegrant.NewAllowedMsgAllowance(&feegrant.BasicAllowance{SpendLimit: limit, Expiration: expires}, HotkeyMessages())
	if err != nil {
		return nil, fmt.Errorf("allowance: %w", err)
	}
	msg, err := feegrant.NewMsgGrantAllowance(allowance, granter, grantee)
	if err != nil {
		return nil, fmt.Errorf("fee grant: %w", err)
	}
	return msg, nil
}

// RevokeFees is the message that takes a grant back. The chain refuses it where there is none.
func RevokeFees(granter, grantee sdk.AccAddress) sdk.Msg {
	msg := feegrant.NewMsgRevokeAllowance(granter, grantee)
	return &msg
}

// FeeAllowance is what is left of a grant.
type FeeAllowance struct {
	// Limit is what may still be spent; empty for no limit.
	Limit sdk.Coins
	// Expires is nil for never.
	Expires *time.Time
	// Messages are the type URLs that it pays for; nil for any.
	Messages []string
}

// Allows says whether all of the messages are paid for.
func (a FeeAllowance) Allows(typeURLs ...string) bool {
	if a.Messages == nil {
		return true
	}
	return !slices.ContainsFunc(typeURLs, func(t string) bool { return !slices.Contains(a.Messages, t) })
}

// FeeAllowance looks up a grant. Errors: ErrNoFeeGrant if there is none; ErrMalformed if it is of a kind that daemons do
// not make (a periodic one, for instance).
func (c *Client) FeeAllowance(ctx context.Context, granter, grantee sdk.AccAddress) (FeeAllowance, error) {
	r, err := c.FeeGrant().Allowance(ctx, &feegrant.QueryAllowanceRequest{Granter: granter.String(), Grantee: grantee.String()})
	// The module answers a missing grant as an internal error; only its text tells.
	if NotFound(err) || (err != nil && isMissingGrant(err)) {
		return FeeAllowance{}, fmt.Errorf("%w from %s to %s; grant one", ErrNoFeeGrant, granter, grantee)
	}
	if err != nil {
		return FeeAllowance{}, fmt.Errorf("fee grant from %s to %s: %w", granter, grantee, err)
	}
	var out FeeAllowance
	var allowance feegrant.FeeAllowanceI
	if err := c.encoding.Registry.UnpackAny(r.Allowance.GetAllowance(), &allowance); err != nil {
		return FeeAllowance{}, fmt.Errorf("%w: fee grant from %s to %s: %w", ErrMalformed, granter, grantee, err)
	}
	if filtered, ok := allowance.(*feegrant.AllowedMsgAllowance); ok {
		out.Messages = filtered.AllowedMessages
		if allowance, err = filtered.GetAllowance(); err != nil {
			return FeeAllowance{}, fmt.Errorf("%w: fee grant from %s to %s: %w", ErrMalformed, granter, grantee, err)
		}
	}
	basic, ok := allowance.(*feegrant.BasicAllowance)
	if !ok {
		return FeeAllowance{}, fmt.Errorf("%w: fee grant from %s to %s is a %T, want a basic one", ErrMalformed, granter, grantee, allowance)
	}
	out.Limit, out.Expires = basic.SpendLimit, basic.Expiration
	return out, nil
}

// missingGrant is how the store underneath x/feegrant says that there is no such grant, over both its query and its
// refusal; it has no registered code.
const missingGrant = "not found"

func isMissingGrant(err error) bool {
	s, ok := status.FromError(err)
	return ok && s.Code() == codes.Internal && strings.Contains(s.Message(), missingGrant)
}
