package wire_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

const vectorFile = "testdata/vectors.json"

// vectors are inputs and outputs that another implementation can run; binary values are hexadecimal.
type vectors struct {
	ChainID     string            `json:"chain_id"`
	ExaminerTag map[string]any    `json:"examiner_tag"`
	Session     map[string]any    `json:"session"`
	Request     map[string]any    `json:"request"`
	Receipt     map[string]any    `json:"receipt"`
	Voucher     map[string]any    `json:"voucher"`
	Merkle      []map[string]any  `json:"merkle"`
	Binding     string            `json:"seal_binding"`
	Headers     map[string]string `json:"headers"`
}

func makeVectors(t *testing.T) vectors {
	x := hex.EncodeToString
	v := vectors{ChainID: chainID, Binding: x(binding), Headers: map[string]string{}}

	question := wire.BodyHash([]byte("question"))
	n := wire.ExaminerNonce(seed(4))
	tag := wire.ExaminerTag([]byte("twenty-byte-address!"), netuid, 1, 42, question, n)
	v.ExaminerTag = map[string]any{
		"hotkey": x([]byte("twenty-byte-address!")), "netuid": netuid, "mechanism": 1, "epoch": 42,
		"question_hash": x(question[:]), "nonce": x(n[:]), "tag": x(tag[:]),
	}

	k, sign := account(t, 5)
	key, err := wire.SessionKeyFromSeed(seed(6))
	require.NoError(t, err)
	c := wire.Certificate{
		ChainIDHash: wire.ChainIDHash(chainID), SessionKey: key.Public(), Account: k,
		IssuedAt: now.Truncate(1e9), ExpiresAt: now.Truncate(1e9).Add(3600e9), Scope: wire.ScopeCall, Netuid: netuid,
	}
	sig, err := sign(c.SigningBytes())
	require.NoError(t, err)
	copy(c.Signature[:], sig)
	addr, err := k.Address(wire.AddressPrefix)
	require.NoError(t, err)
	v.Session = map[string]any{
		"account_private": x(seed(5)), "account_key": x(k[:]), "address": addr, "session_seed": x(seed(6)),
		"issued_at": c.IssuedAt.Unix(), "expires_at": c.ExpiresAt.Unix(), "scope": 1, "netuid": netuid, "signing_bytes": x(c.SigningBytes()), "certificate": x(c.Encode()),
	}

	s := &wire.Session{Key: key, Certificate: c, Address: addr}
	r, body, signed := signedRequest(t, s, func(h *wire.Header) { h.Nonce = wire.Nonce(seed(8)[:16]) })
	_, err = wire.Verify(r, body, now, policy(t))
	require.NoError(t, err)
	v.Request = map[string]any{"method": r.Method, "path": r.URL.RequestURI(), "body": string(body), "request_hash": x(signed.Hash[:])}
	for _, name := range []string{
		wire.HeaderVersion, wire.HeaderTag, wire.HeaderNonce, wire.HeaderTime, wire.HeaderExpiry, wire.HeaderFrom, wire.HeaderTo, wire.HeaderSession, wire.HeaderSignature,
	} {
		v.Headers[name] = r.Header.Get(name)
	}

	rec := receipt(t)
	v.Receipt = map[string]any{"service_seed": x(seed(1)), "signing_bytes": x(rec.SigningBytes()), "encoding": x(rec.Encode()), "header": rec.String()}

	vo := voucher(t)
	pub := voucherKey(t, 7).Public()
	v.Voucher = map[string]any{
		"voucher_seed": x(seed(7)), "voucher_key": x(pub[:]), "channel": vo.Channel, "cumulative": vo.Cumulative,
		"signing_bytes": x(vo.SigningBytes()), "encoding": x(vo.Encode()), "header": vo.String(),
	}

	for _, count := range []int{0, 1, 2, 3, 7, 8, 13} {
		tree, err := wire.NewMerkleTree(leaves(count))
		require.NoError(t, err)
		root := tree.Root()
		m := map[string]any{"leaves": count, "root": x(root[:])}
		if count > 0 {
			path, err := tree.Proof(count - 1)
			require.NoError(t, err)
			hs := []string{}
			for _, h := range path {
				hs = append(hs, x(h[:]))
			}
			m["path_of_last"] = hs
		}
		v.Merkle = append(v.Merkle, m)
	}
	return v
}

func TestVectors(t *testing.T) {
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(makeVectors(t)))
	if *update {
		require.NoError(t, os.WriteFile(vectorFile, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(vectorFile)
	require.NoError(t, err, "the vectors are part of the format; a change of them is a new version")
	require.JSONEq(t, string(want), got.String())
}
