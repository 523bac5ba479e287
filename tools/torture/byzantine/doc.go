// Package byzantine is agond as somebody builds it who means harm with a consensus validator: it proposes blocks of garbage, or answers
// another hash of the state than the true one. It changes the application alone and leaves CometBFT as it is: what CometBFT's own checks
// keep a proposer from sending, it does not send. It is for tests, which run it as one validator of a network.
package byzantine
