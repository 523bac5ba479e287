package apptest

import (
	"context"
	"errors"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"
	"google.golang.org/grpc"

	"github.com/agon-chain/agon/app"
)

var errNoStreams = errors.New("apptest answers single queries; the chain has no streaming ones")

// conn sends queries through the same door as a node's clients: the application's query router, on committed state.
type conn struct{ chain *Chain }

var _ grpc.ClientConnInterface = conn{}

// Conn is what query clients of every module are made with: banktypes.NewQueryClient(chain.Conn()).
func (c *Chain) Conn() grpc.ClientConnInterface { return conn{chain: c} }

// Invoke asks the application and decodes the answer into reply.
func (c conn) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	return query(ctx, c.chain.App, method, args, reply)
}

// NewStream always fails: modules have no streaming queries.
func (conn) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errNoStreams
}

func query(ctx context.Context, chain *app.App, method string, args, reply any) error {
	request, ok := args.(proto.Message)
	answer, okAnswer := reply.(proto.Message)
	if !ok || !okAnswer {
		return fmt.Errorf("%s: %T and %T are not messages of this chain", method, args, reply)
	}
	cdc := chain.Encoding().Codec
	data, err := cdc.Marshal(request)
	if err != nil {
		return fmt.Errorf("%s: encode the query: %w", method, err)
	}
	res, err := chain.Query(ctx, &abci.RequestQuery{Path: method, Data: data})
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if res.Code != 0 {
		return &QueryError{Method: method, Codespace: res.Codespace, Code: res.Code, Log: res.Log}
	}
	if err := cdc.Unmarshal(res.Value, answer); err != nil {
		return fmt.Errorf("%s: decode the answer: %w", method, err)
	}
	return nil
}

// QueryError is the application's refusal of a query.
type QueryError struct {
	Method    string
	Codespace string
	Code      uint32
	Log       string
}

// Error names the query, the module that refused it and why.
func (e *QueryError) Error() string {
	return fmt.Sprintf("%s: %s/%d: %s", e.Method, e.Codespace, e.Code, e.Log)
}
