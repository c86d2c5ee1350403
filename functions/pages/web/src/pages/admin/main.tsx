import messages from 'messages:admin';
import { start } from '../../start';
import { Admin } from './Admin';
import './style.css';

void start(Admin, [messages], true);
