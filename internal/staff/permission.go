package staff

import "slices"

// Role is what a member or an API key may do. Each has one.
type Role string

// The roles.
const (
	Owner    Role = "owner"
	Finance  Role = "finance"
	Marketer Role = "marketer"
	Rep      Role = "rep"
	Viewer   Role = "viewer"
)

// Roles lists every role, the most powerful first.
var Roles = []Role{Owner, Finance, Marketer, Rep, Viewer}

// Permission is one thing that a role may do.
type Permission string

// The permissions.
const (
	// Read sees customers, campaigns, introductions, testimonials, rewards and reports without money totals.
	Read Permission = "read"
	// EditCustomers changes every customer, imports and makes segments; EditOwnCustomers only those that one owns.
	EditCustomers    Permission = "customers.edit"
	EditOwnCustomers Permission = "customers.edit_own"
	ImportCustomers  Permission = "customers.import"
	// EraseCustomers answers data protection requests; ExportData takes personal data out in bulk.
	EraseCustomers Permission = "customers.erase"
	ExportData     Permission = "data.export"
	// Suggest names people worth asking for and does favours.
	Suggest Permission = "customers.suggest"
	// WorkTasks closes and snoozes tasks; AssignTasks gives anybody's to anybody.
	WorkTasks   Permission = "tasks.work"
	AssignTasks Permission = "tasks.assign"
	// EditCampaigns writes them, LaunchCampaigns commits a budget, SendInvitations gets a private link to pass on.
	EditCampaigns   Permission = "campaigns.edit"
	LaunchCampaigns Permission = "campaigns.launch"
	SendInvitations Permission = "invitations.send"
	// WorkIntroductions assigns, advances, notes, thanks; CloseIntroductions wins, loses, reopens, unwinds; ReviewIntroductions
	// decides what was flagged.
	WorkIntroductions   Permission = "introductions.work"
	CloseIntroductions  Permission = "introductions.close"
	ReviewIntroductions Permission = "introductions.review"
	// KeepQuotes records praise for its author to confirm; DecideTestimonials approves, declines, publishes.
	KeepQuotes         Permission = "testimonials.keep"
	DecideTestimonials Permission = "testimonials.decide"
	// ReadMoney sees the ledger, payouts, cases, liability and tax; DecideRewards approves, holds, releases, rejects.
	ReadMoney     Permission = "money.read"
	DecideRewards Permission = "rewards.decide"
	ResolveCases  Permission = "cases.resolve"
	SwitchPayouts Permission = "payouts.switch"
	StockCodes    Permission = "gift_codes.stock"
	// KeepCharities enters whom customers may give to and remits what they gave.
	KeepCharities Permission = "charities.keep"
	// ManageStaff, ManageKeys and ManageSettings run the installation; ReadAudit sees who did what.
	ManageStaff    Permission = "staff.manage"
	ManageKeys     Permission = "keys.manage"
	ManageSettings Permission = "settings.manage"
	ReadAudit      Permission = "audit.read"
)

// table is the one place that says which role may do what. An owner may do everything.
//
//	viewer    reads
//	rep       reads; works introductions, tasks, the customers they own; sends single invitations
//	marketer  reads; customers, campaigns, testimonials, introductions
//	finance   reads; rewards, payouts, the switch, charities, ledger, cases, tax
//
// Whoever decides about money does not close deals, and the other way round.
var table = map[Role][]Permission{
	Viewer: {Read},
	Rep: {Read, EditOwnCustomers, Suggest, WorkTasks, SendInvitations, WorkIntroductions, CloseIntroductions,
		KeepQuotes},
	Marketer: {Read, EditCustomers, EditOwnCustomers, ImportCustomers, ExportData, Suggest, WorkTasks, AssignTasks, EditCampaigns, LaunchCampaigns,
		SendInvitations, WorkIntroductions, CloseIntroductions, ReviewIntroductions, KeepQuotes, DecideTestimonials},
	Finance: {Read, ExportData, WorkTasks, ReadMoney, DecideRewards, ResolveCases, SwitchPayouts, StockCodes, KeepCharities, ReadAudit},
	Owner:   Permissions,
}

// Permissions lists every permission.
var Permissions = []Permission{Read, EditCustomers, EditOwnCustomers, ImportCustomers, EraseCustomers, ExportData, Suggest, WorkTasks, AssignTasks,
	EditCampaigns, LaunchCampaigns, SendInvitations, WorkIntroductions, CloseIntroductions, ReviewIntroductions, KeepQuotes, DecideTestimonials,
	ReadMoney, DecideRewards, ResolveCases, SwitchPayouts, StockCodes, KeepCharities, ManageStaff, ManageKeys, ManageSettings, ReadAudit}

// Allowed reports whether a role may do something. An unknown role may do nothing.
func Allowed(r Role, p Permission) bool { return slices.Contains(table[r], p) }

// Granted lists what a role may do, for clients that show only what can be done.
func Granted(r Role) []Permission { return slices.Clone(table[r]) }
