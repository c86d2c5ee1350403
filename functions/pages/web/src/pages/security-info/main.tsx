import messages from 'messages:security-info';
import { start } from '../../start';
import { SecurityInfo } from './SecurityInfo';
import './style.css';

void start(SecurityInfo, [messages]);
