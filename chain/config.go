package chain

import (
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/url"
	"strings"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
)

// Bounds of Config.
const (
	minPollEvery     = 50 * time.Millisecond
	maxPollEvery     = time.Minute
	minTimeout       = 100 * time.Millisecond
	maxTimeout       = 5 * time.Minute
	minGasAdjustment = 1
	maxGasAdjustment = 10
	minTimeoutBlocks = 2
	maxTimeoutBlocks = 1000
	maxChainID       = 50
)

// Config says which chain a daemon is on and how it talks to it.
type Config struct {
	// RPC is the address of the node's CometBFT RPC: http, https or tcp, host and port.
	RPC string
	// GRPC is the address of the node's gRPC: "host:port" without TLS, "https://host:port" or "grpcs://host:port" with it.
	GRPC string
	// ChainID is the chain's id, 1 to 50 bytes. A node of another chain is refused.
	ChainID string
	// GasPrice is what a transaction pays per unit of gas, one coin such as "0.1nagon".
	GasPrice string
	// GasAdjustment is the gas limit as a multiple of the simulated gas, 1 to 10.
	GasAdjustment float64
	// PollEvery is how often heights and pending transactions are looked up, 50 ms to 1 min. New blocks are noticed
	// earlier where the node's websocket answers.
	PollEvery time.Duration
	// Timeout bounds one request to the node, 100 ms to 5 min.
	Timeout time.Duration
	// TimeoutBlocks is the number of blocks after which a transaction that was not included can no longer be, 2 to 1000.
	TimeoutBlocks int64
	// Logger receives what happens; nil discards it.
	Logger *slog.Logger
}

// DefaultConfig talks to a node on this machine. The chain id is for the caller to set.
func DefaultConfig() Config {
	return Config{
		RPC:           "http://127.0.0.1:26657",
		GRPC:          "127.0.0.1:9090",
		GasPrice:      params.MinGasPrice,
		GasAdjustment: 1.5,
		PollEvery:     time.Second,
		Timeout:       10 * time.Second,
		TimeoutBlocks: 20,
	}
}

// Validate returns ErrConfig with the field, its value and its bounds, or nil. It opens nothing.
func (c Config) Validate() error {
	if _, err := parseRPC(c.RPC); err != nil {
		return err
	}
	if _, _, err := parseGRPC(c.GRPC); err != nil {
		return err
	}
	if n := len(c.ChainID); n == 0 || n > maxChainID {
		return fmt.Errorf("%w: chain id %q must have 1 to %d bytes; set it to the chain's, as `agond status` shows it",
			ErrConfig, c.ChainID, maxChainID)
	}
	if _, err := parseGasPrice(c.GasPrice); err != nil {
		return err
	}
	if math.IsNaN(c.GasAdjustment) || c.GasAdjustment < minGasAdjustment || c.GasAdjustment > maxGasAdjustment {
		return fmt.Errorf("%w: gas adjustment %v must be %d to %d", ErrConfig, c.GasAdjustment, minGasAdjustment, maxGasAdjustment)
	}
	if c.PollEvery < minPollEvery || c.PollEvery > maxPollEvery {
		return fmt.Errorf("%w: poll interval %s must be %s to %s", ErrConfig, c.PollEvery, minPollEvery, maxPollEvery)
	}
	if c.Timeout < minTimeout || c.Timeout > maxTimeout {
		return fmt.Errorf("%w: timeout %s must be %s to %s", ErrConfig, c.Timeout, minTimeout, maxTimeout)
	}
	if c.TimeoutBlocks < minTimeoutBlocks || c.TimeoutBlocks > maxTimeoutBlocks {
		return fmt.Errorf("%w: timeout of %d blocks must be %d to %d", ErrConfig, c.TimeoutBlocks, minTimeoutBlocks, maxTimeoutBlocks)
	}
	return nil
}

// parseRPC checks the RPC address and gives it the scheme http where it says tcp.
func parseRPC(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err == nil && u.Scheme == "tcp" {
		u.Scheme = "http"
	}
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("%w: RPC address %q must be http or https, host and port, such as http://127.0.0.1:26657", ErrConfig, address)
	}
	return u, nil
}

// parseGRPC returns the host and port of the gRPC address, and whether TLS is asked for.
func parseGRPC(address string) (target string, secure bool, err error) {
	target = address
	if scheme, rest, found := strings.Cut(address, "://"); found {
		target = strings.TrimSuffix(rest, "/")
		switch scheme {
		case "https", "grpcs":
			secure = true
		case "http", "grpc", "tcp":
		default:
			target = ""
		}
	}
	if host, port, err := net.SplitHostPort(target); err != nil || host == "" || port == "" {
		return "", false, fmt.Errorf("%w: gRPC address %q must be host:port, or https://host:port for TLS, such as 127.0.0.1:9090",
			ErrConfig, address)
	}
	return target, secure, nil
}

func parseGasPrice(price string) (sdk.DecCoins, error) {
	p, err := sdk.ParseDecCoin(price)
	if err != nil || !p.IsPositive() {
		return nil, fmt.Errorf("%w: gas price %q must be a positive amount and a denomination, such as %s", ErrConfig, price, params.MinGasPrice)
	}
	return sdk.NewDecCoins(p), nil
}
