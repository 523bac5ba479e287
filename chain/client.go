package chain

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/agon-chain/agon/app/params"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// maxAnswer bounds an answer over gRPC: the metagraph of a full subnet is a thousandth of it.
const maxAnswer = 64 << 20

// Client is a connection to one node of one chain. Its methods may be called from many goroutines at once.
type Client struct {
	cfg      Config
	log      *slog.Logger
	encoding Encoding
	gas      sdk.DecCoins
	rpc      *rpchttp.HTTP
	http     *http.Client
	conn     *grpc.ClientConn
}

// Dial connects to the node and checks, within cfg.Timeout, that both of its addresses answer and that it belongs to the
// chain. The errors are ErrConfig, ErrNoNode and ErrWrongChain, or the context's.
func Dial(ctx context.Context, cfg Config) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c, err := open(cfg)
	if err != nil {
		return nil, err
	}
	if err := c.check(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// open makes the client without a word to the node.
func open(cfg Config) (*Client, error) {
	c := &Client{cfg: cfg, log: cfg.Logger}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if c.encoding, err = NewEncoding(); err != nil {
		return nil, err
	}
	if c.gas, err = parseGasPrice(cfg.GasPrice); err != nil {
		return nil, err
	}
	address, err := parseRPC(cfg.RPC)
	if err != nil {
		return nil, err
	}
	c.http = &http.Client{Timeout: cfg.Timeout, Transport: &http.Transport{DisableCompression: true, IdleConnTimeout: 30 * time.Second}}
	if c.rpc, err = rpchttp.NewWithClient(address.String(), "/websocket", c.http); err != nil {
		return nil, fmt.Errorf("%w: RPC address %q: %w", ErrConfig, cfg.RPC, err)
	}
	target, secure, err := parseGRPC(cfg.GRPC)
	if err != nil {
		return nil, err
	}
	transport := insecure.NewCredentials()
	if secure {
		transport = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	c.conn, err = grpc.NewClient(target,
		grpc.WithTransportCredentials(transport),
		grpc.WithUnaryInterceptor(c.bound),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(c.encoding.Codec.GRPCCodec()), grpc.MaxCallRecvMsgSize(maxAnswer)))
	if err != nil {
		return nil, fmt.Errorf("%w: gRPC address %q: %w", ErrConfig, cfg.GRPC, err)
	}
	return c, nil
}

// bound gives each query the configured timeout, where the caller's context does not end earlier.
func (c *Client) bound(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, next grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	return next(ctx, method, req, reply, conn, opts...)
}

// check asks the node who it is.
func (c *Client) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	if err := c.checkChain(ctx); err != nil {
		return err
	}
	if _, err := c.Auth().Params(ctx, &authtypes.QueryParamsRequest{}); err != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return ctx.Err()
		}
		return fmt.Errorf("%w at gRPC address %s: start agond with [grpc] enabled, or point to its address (%s)",
			ErrNoNode, c.cfg.GRPC, oneLine(err))
	}
	return nil
}

// checkChain returns ErrNoNode or ErrWrongChain if the node is not one of the configured chain.
func (c *Client) checkChain(ctx context.Context) error {
	s, err := c.rpc.Status(ctx)
	if err != nil {
		return c.noNode(ctx, err)
	}
	if s.NodeInfo.Network != c.cfg.ChainID {
		return fmt.Errorf("%w: the node at %s is on %q, not on %q; point to a node of %q, or set the chain id",
			ErrWrongChain, c.cfg.RPC, s.NodeInfo.Network, c.cfg.ChainID, c.cfg.ChainID)
	}
	return nil
}

// noNode turns a failed request to the RPC into ErrNoNode, unless the caller gave up.
func (c *Client) noNode(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return fmt.Errorf("%w at %s: start agond, or point to a node that runs (%s)", ErrNoNode, c.cfg.RPC, oneLine(err))
}

// oneLine keeps an error of a library from breaking the one line that an operator reads.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// Subnet queries who is in.
func (c *Client) Subnet() subnettypes.QueryClient { return subnettypes.NewQueryClient(c.conn) }

// Stake queries who backs whom.
func (c *Client) Stake() staketypes.QueryClient { return staketypes.NewQueryClient(c.conn) }

// Scoring queries who is good.
func (c *Client) Scoring() scoringtypes.QueryClient { return scoringtypes.NewQueryClient(c.conn) }

// Model queries what is served, and by whom.
func (c *Client) Model() modeltypes.QueryClient { return modeltypes.NewQueryClient(c.conn) }

// Payment queries what is bought, and by which channels.
func (c *Client) Payment() paymenttypes.QueryClient { return paymenttypes.NewQueryClient(c.conn) }

// Dispute queries who is accused, and of what.
func (c *Client) Dispute() disputetypes.QueryClient { return disputetypes.NewQueryClient(c.conn) }

// Emission queries who is paid.
func (c *Client) Emission() emissiontypes.QueryClient { return emissiontypes.NewQueryClient(c.conn) }

// Bank queries balances.
func (c *Client) Bank() banktypes.QueryClient { return banktypes.NewQueryClient(c.conn) }

// Auth queries accounts.
func (c *Client) Auth() authtypes.QueryClient { return authtypes.NewQueryClient(c.conn) }

// FeeGrant queries who pays whose fees.
func (c *Client) FeeGrant() feegrant.QueryClient { return feegrant.NewQueryClient(c.conn) }

// Config is what the client was dialled with.
func (c *Client) Config() Config { return c.cfg }

// ChainID is the id of the chain, which the node was found to be on.
func (c *Client) ChainID() string { return c.cfg.ChainID }

// Logger is never nil.
func (c *Client) Logger() *slog.Logger { return c.log }

// Encoding is how the chain's messages become bytes.
func (c *Client) Encoding() Encoding { return c.encoding }

// Height is the latest height whose state queries answer from. Errors: ErrNoNode, or the context's.
func (c *Client) Height(ctx context.Context) (int64, error) {
	// The application's own height, and not that of the latest block: a block is stored before it is executed.
	info, err := c.rpc.ABCIInfo(ctx)
	if err != nil {
		return 0, c.noNode(ctx, err)
	}
	return info.Response.LastBlockHeight, nil
}

// BlockTime is the time in the header of the latest block. Errors: ErrNoNode, or the context's.
func (c *Client) BlockTime(ctx context.Context) (time.Time, error) {
	s, err := c.rpc.Status(ctx)
	if err != nil {
		return time.Time{}, c.noNode(ctx, err)
	}
	return s.SyncInfo.LatestBlockTime, nil
}

// BlockHash is the hash of the block at the height, 32 bytes. Errors: ErrNoNode, ErrNoBlock, or the context's.
func (c *Client) BlockHash(ctx context.Context, height int64) ([]byte, error) {
	b, err := c.rpc.Commit(ctx, &height)
	if answered(err) {
		return nil, fmt.Errorf("%w: %d (%s)", ErrNoBlock, height, oneLine(err))
	}
	if err != nil {
		return nil, c.noNode(ctx, err)
	}
	if b.Header == nil {
		return nil, fmt.Errorf("%w: block %d has no header", ErrMalformed, height)
	}
	return b.Hash(), nil
}

// Balance is what the account holds of the base denomination.
func (c *Client) Balance(ctx context.Context, address string) (sdk.Coin, error) {
	r, err := c.Bank().Balance(ctx, &banktypes.QueryBalanceRequest{Address: address, Denom: params.BaseDenom})
	if err != nil {
		return sdk.Coin{}, fmt.Errorf("balance of %s: %w", address, err)
	}
	if r.Balance == nil {
		return sdk.NewInt64Coin(params.BaseDenom, 0), nil
	}
	return *r.Balance, nil
}

// Close ends the connections. Once is enough, twice is harmless.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	if err := c.conn.Close(); err != nil && status.Code(err) != codes.Canceled {
		return fmt.Errorf("close connection to %s: %w", c.cfg.GRPC, err)
	}
	return nil
}
