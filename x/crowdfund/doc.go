// Package crowdfund lets several pay for a subnet together: it collects what a subnet costs, opens it for an operator, and
// shares the owner cut among those who paid, by shares that can be handed on.
//
// What a subnet costs and who runs it is the business of x/subnet, what its owner is paid that of x/emission; this package
// holds the money in between.
package crowdfund
