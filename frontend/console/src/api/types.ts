import type { components } from './schema';

type Schemas = components['schemas'];

export type Money = Schemas['Money'];
export type Named = Schemas['Named'];
export type Me = Schemas['Me'];
export type Permission = Me['permissions'][number];
export type Home = Schemas['Home'];
export type Proof = Schemas['Proof'];
export type FunnelRow = Schemas['FunnelRow'];
export type Entry = Schemas['Entry'];

export type Customer = Schemas['Customer'];
export type CustomerInput = Schemas['CustomerInput'];
export type CustomerPatch = Schemas['CustomerPatchInput'];
export type CustomerFilter = Schemas['CustomerFilter'];
export type Facets = Schemas['Facets'];
export type Segment = Schemas['Segment'];
export type Suggestion = Schemas['Suggestion'];
export type SuggestionInput = Schemas['SuggestionInput'];
export type FactInput = Schemas['FactInput'];

export type Import = Schemas['Import'];
export type ImportPreview = Schemas['ImportPreview'];
export type ImportProblem = Schemas['ImportProblem'];

export type Task = Schemas['Task'];

export type Campaign = Schemas['Campaign'];
export type CampaignPatch = Schemas['CampaignPatchInput'];
export type Offer = Schemas['Offer'];
export type Rule = Schemas['Rule'];
export type Words = Schemas['Words'];
export type Trigger = Schemas['Trigger'];
export type Template = Schemas['Template'];
export type DryRun = Schemas['DryRun'];
export type Progress = Schemas['Progress'];
export type Placement = Schemas['Placement'];
export type Invitation = Schemas['Invitation'];
export type InviteChannel = Schemas['InviteInput']['channel'];

export type Introduction = Schemas['Introduction'];
export type IntroductionInput = Schemas['IntroductionInput'];
export type Story = Schemas['Story'];
export type Board = Schemas['Board'];

export type Testimonial = Schemas['Testimonial'];
export type TestimonialStory = Schemas['TestimonialStory'];

export type Reward = Schemas['Reward'];
export type RewardStory = Schemas['RewardStory'];
export type Unearned = Schemas['Unearned'];
export type Payout = Schemas['Payout'];
export type Case = Schemas['Case'];
export type Finding = Schemas['Finding'];
export type RejectInput = Schemas['RejectInput'];
export type Backtest = Schemas['Backtest'];
export type BacktestInput = Schemas['BacktestInput'];
export type Switch = Schemas['Switch'];
export type Stock = Schemas['Stock'];
export type StockLine = Schemas['StockLine'];
export type Stocked = Schemas['Stocked'];
export type Charity = Schemas['Charity'];
export type CharityInput = Schemas['CharityInput'];
export type CharityPatch = Schemas['CharityPatchInput'];
export type Due = Schemas['Due'];
export type Remittance = Schemas['Remittance'];
export type RemittanceProof = Schemas['TransferInput'];

export type Member = Schemas['Member'];
export type MemberInput = Schemas['MemberInput'];
export type ApiKey = Schemas['ApiKey'];
export type Settings = Schemas['Settings'];
export type SettingsPatch = Schemas['SettingsPatchInput'];
export type AuditEntry = Schemas['Audit'];

export type Coverage = Schemas['Coverage'];
export type Tax = Schemas['Tax'];
export type TaxRow = Schemas['TaxRow'];
export type TaxFormInput = Schemas['TaxFormInput'];
export type Liability = Schemas['Liability'];
