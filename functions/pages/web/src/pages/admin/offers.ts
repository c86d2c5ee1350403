// Which acts the page offers at a person. The API decides in any case.
import { session } from '../../sign-in';
import { type User, mayHave } from './graph';

/** What each act needs: one of these. */
const NEEDS = {
    unblock: ['UserAuthenticationMethod.ReadWrite.All', 'User.ReadWrite.All'],
    sessions: ['User.ReadWrite.All'],
    enabled: ['User.ReadWrite.All'],
    password: ['UserAuthenticationMethod.ReadWrite.All'],
    contacts: ['User.ReadWrite.All', 'OnPremDirectorySynchronization.ReadWrite.All'],
    methods: ['UserAuthenticationMethod.ReadWrite.All'],
};

export type Act = keyof typeof NEEDS;

/** Whether the person is the one who has signed in. Nobody changes themselves here. */
export const isSelf = ({ userPrincipalName }: User): boolean =>
    session()?.userName.toLowerCase() === userPrincipalName.toLowerCase();

/** Whether the caller may change phones: the directory owns those of the people that it has sent. */
export const mayChangePhones = ({ onPremisesSyncEnabled }: User): boolean =>
    !onPremisesSyncEnabled || mayHave('OnPremDirectorySynchronization.ReadWrite.All');

/** The acts that the page offers at a person. */
export function offers(user: User, refused: string[]): (act: Act) => boolean {
    const none = isSelf(user) || (user.isAdmin && !mayHave('RoleManagement.ReadWrite.Directory'));
    return (act) => !none && !refused.includes(act) && mayHave(...NEEDS[act]);
}
