import { t } from '../../language';
import type { Question } from './state';

interface Props {
    number: number;
    questions: Question[];
    value: string;
    error: string | undefined;
    onChange: (questionId: string) => void;
}

/** A choice of one question, among those that no other choice has taken. */
export function QuestionChoice({ number, questions, value, error, onChange }: Props) {
    const id = `question-${number}`;
    return (
        <div class="field">
            <label for={id}>{t('securityInfo.question', { number: number + 1 })}</label>
            {error && (
                <p id={`${id}-error`} class="error">
                    {error}
                </p>
            )}
            <select
                id={id}
                class="select"
                value={value}
                aria-invalid={error ? 'true' : undefined}
                aria-describedby={error ? `${id}-error` : undefined}
                onChange={(event) => onChange(event.currentTarget.value)}
            >
                <option value="">{t('securityInfo.chooseQuestion')}</option>
                {questions.map(({ questionId, text }) => (
                    <option key={questionId} value={questionId}>
                        {text}
                    </option>
                ))}
            </select>
        </div>
    );
}
