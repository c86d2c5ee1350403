import messages from 'messages:password';
import { start } from '../../start';
import { ChangePassword } from './ChangePassword';

void start(ChangePassword, [messages]);
